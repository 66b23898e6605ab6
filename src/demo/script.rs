//! The lines of a demo, spoken as in a chat: from a keyboard as they are typed, from a file one by one, each when
//! everything rests or when its `/after` says so.

use std::sync::Arc;

use tokio::io::AsyncBufRead;

use super::Bell;
use super::lines::Lines;
use crate::app::StartTrouble;
use crate::card;
use crate::chat::terminal::{Spoken, Terminal, parse_line, pressing};
use crate::clock::SharedClock;
use crate::command::{self, Command};
use crate::domain::{Moment, Span};
use crate::service::{Rest, Service, Speaker};
use crate::store::Store;
use crate::text::cut;
use crate::view::{Answer, No};
use crate::words::LINE;

/// How a script ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Every deployment is closed.
    Done,
    /// Somebody's word is still awaited.
    Awaits,
    /// It was told to stop.
    Stopped,
}

/// Everything that a script needs.
pub(super) struct Script {
    /// Whom it speaks to.
    pub(super) service: Service,
    /// Where effects wait.
    pub(super) store: Store,
    /// Where it reads and prints.
    pub(super) terminal: Arc<Terminal>,
    /// Simulated time.
    pub(super) clock: SharedClock,
    /// Rung whenever something has been committed or done.
    pub(super) bell: Arc<Bell>,
    /// Whether a person sits at the keyboard: then nothing waits for rest.
    pub(super) interactive: bool,
}

impl Script {
    /// Speaks every line, then waits until everything rests.
    ///
    /// # Errors
    /// The output is gone, or the database cannot be used.
    pub(super) async fn play(self, input: impl AsyncBufRead + Unpin, welcome: &str) -> Result<Ended, StartTrouble> {
        self.rest().await?;
        self.terminal.print(welcome).map_err(StartTrouble::Output)?;
        let mut lines = Lines::of(input);
        let mut spoken_at = self.clock.now();
        while let Some(line) = self.typed(&mut lines).await? {
            self.terminal.heard();
            match parse_line(&line) {
                Ok(None) => {}
                Ok(Some(spoken)) => spoken_at = self.speak(&spoken, &line, spoken_at).await?,
                Err(no) => self.refuse("ada", &no)?,
            }
        }
        match self.rest().await? {
            Rest::Awaits => Ok(Ended::Awaits),
            Rest::Done | Rest::Busy => Ok(Ended::Done),
        }
    }

    /// The next line; while a person thinks, countdowns count.
    async fn typed(&self, lines: &mut Lines<impl AsyncBufRead + Unpin>) -> Result<Option<String>, StartTrouble> {
        loop {
            let second = self.clock.now().plus(Span::seconds(1));
            tokio::select! {
                line = lines.next() => return line.map_err(StartTrouble::Input),
                () = self.clock.alarm(second), if self.interactive => {
                    self.terminal.tick().map_err(StartTrouble::Output)?;
                }
            }
        }
    }

    /// Speaks one line when it is due; gives the moment at which it was spoken.
    async fn speak(&self, spoken: &Spoken, typed: &str, before: Moment) -> Result<Moment, StartTrouble> {
        match spoken.after {
            Some(span) => self.clock.sleep_until(before.plus(span)).await,
            None if !self.interactive => {
                self.rest().await?;
            }
            None => {}
        }
        if !self.interactive {
            self.terminal.print(&format!("> {}", cut(typed, LINE))).map_err(StartTrouble::Output)?;
        }
        let now = self.clock.now();
        match self.command(&spoken.line) {
            Ok(command) => self.carry_out(&spoken.speaker, &command).await?,
            Err(no) => self.refuse(&spoken.speaker, &no)?,
        }
        Ok(now)
    }

    fn command(&self, line: &str) -> Result<Command, No> {
        match pressing(line, self.service.names()) {
            Some((label, environment)) => self.terminal.pressed(&label, environment.as_deref()),
            None => command::parse(line, self.service.names()),
        }
    }

    async fn carry_out(&self, name: &str, command: &Command) -> Result<(), StartTrouble> {
        let speaker =
            Speaker { identity: format!("terminal:{name}"), name: name.to_owned(), also: Vec::new(), unsure: false };
        match self.service.handle(&speaker, command).await {
            Ok(answer) => self.answer(name, &answer),
            Err(no) => self.refuse(name, &no),
        }
    }

    fn answer(&self, name: &str, answer: &Answer) -> Result<(), StartTrouble> {
        let page = card::answer(answer, &self.terminal.words());
        self.terminal.answer(name, &page).map_err(StartTrouble::Output)
    }

    fn refuse(&self, name: &str, no: &No) -> Result<(), StartTrouble> {
        let page = card::no(no, &self.terminal.words());
        self.terminal.answer(name, &page).map_err(StartTrouble::Output)
    }

    /// Waits until every deployment is closed or waits for a person, and all that was decided has been shown.
    async fn rest(&self) -> Result<Rest, StartTrouble> {
        loop {
            let rung = self.bell.0.notified();
            // In this order: once nothing is worked on, only a line or the clock changes how things stand.
            let soon = self.clock.now().plus(SOON);
            let is_quiet = self.store.is_quiet(soon).await.map_err(StartTrouble::Store)?;
            let rest = self.service.rests().await.map_err(StartTrouble::Store)?;
            if rest != Rest::Busy && is_quiet {
                return Ok(rest);
            }
            rung.await;
        }
    }
}

/// An effect that is due this soon is waited for.
const SOON: Span = Span::seconds(1);
