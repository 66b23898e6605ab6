//! What happened in a world, on one timeline: what people said, what was decided, done and shown, what fly.io was asked.
//! It is printed when a test fails. The program's own log is kept beside it, so that an error in it is not overlooked.
//!
//! Not here: any judgement.

use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};

use shipgate::domain::Moment;
use tracing_subscriber::fmt::MakeWriter;

/// The timeline. Copies share it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Story(Arc<Mutex<Vec<(Moment, String)>>>);

impl Story {
    /// Adds a line.
    pub(crate) fn tell(&self, at: Moment, line: impl Into<String>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push((at, line.into()));
    }

    /// The whole of it, with seconds since its beginning.
    pub(crate) fn text(&self) -> String {
        let lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let begun = lines.first().map_or(Moment(0), |(at, _)| *at);
        let line = |(at, line): &(Moment, String)| {
            let ms = at.since(begun).0;
            format!("{:>6}.{:03}  {}\n", ms / 1_000, ms % 1_000, line.replace('\n', "\n            "))
        };
        lines.iter().map(line).collect()
    }
}

/// Something to write on, for a terminal or a log; copies share it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Paper(Arc<Mutex<Vec<u8>>>);

impl Paper {
    /// What was written.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
    }
}

impl Write for Paper {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Paper {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// The log of everything that runs on this thread, from warnings on, while the guard lives.
pub(crate) fn listen(paper: &Paper) -> tracing::subscriber::DefaultGuard {
    let log = tracing_subscriber::fmt().with_writer(paper.clone()).with_ansi(false).without_time();
    tracing::subscriber::set_default(log.with_max_level(tracing::Level::WARN).finish())
}
