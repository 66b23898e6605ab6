//! The real binary as a child process: its lines as they come, signals to it, and how it ended.
//!
//! Every wait is for something to happen (a line, the end) and has a bound; nothing here sleeps. A child that is
//! dropped before its end is killed.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;
use std::time::Duration;

use shipgate::clock::{Moment, SystemClock};

/// How long a line or an end is waited for, in real time. A test that gets near it has failed.
const PATIENCE: Duration = Duration::from_secs(30);

/// A program about to be started. It inherits none of our environment but where programs and temporary folders are.
pub(crate) struct Start {
    command: Command,
    input: Option<Vec<u8>>,
    reads_out: Reads,
    reads_err: Reads,
}

/// How much of a stream is read, and what happens then.
#[derive(Clone, Copy)]
enum Reads {
    All,
    /// So many lines; then it is closed.
    Closes(usize),
    /// So many lines; then it stays open, and nobody reads.
    Stalls(usize),
}

/// A program that runs.
pub(crate) struct Program {
    pid: u32,
    news: Receiver<News>,
    out: String,
    err: String,
    ended: Option<i32>,
    streams: u8,
    stalled: Vec<Box<dyn Read + Send>>,
    input: Option<std::process::ChildStdin>,
}

/// How a program ended. A signal that killed it shows as 128 and its number.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

enum News {
    Out(String),
    Err(String),
    /// A stream is closed.
    Closed,
    /// A stream is open, and nobody reads it any more.
    Stalled(Box<dyn Read + Send>),
    Exited(i32),
}

/// `shipgate` with these arguments; its standard input is empty.
pub(crate) fn shipgate(args: &[&str]) -> Start {
    #[expect(clippy::disallowed_methods, reason = "the one home of child processes in the tests")]
    let mut command = Command::new(env!("CARGO_BIN_EXE_shipgate"));
    command.args(args).env_clear();
    #[expect(clippy::disallowed_methods, reason = "a child needs to find its temporary folder")]
    if let Some(folder) = std::env::var_os("TMPDIR") {
        command.env("TMPDIR", folder);
    }
    Start { command, input: Some(Vec::new()), reads_out: Reads::All, reads_err: Reads::All }
}

impl Start {
    pub(crate) fn env(mut self, name: &str, value: impl AsRef<std::ffi::OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// The folder that it is started in.
    pub(crate) fn inside(mut self, folder: &std::path::Path) -> Self {
        self.command.current_dir(folder);
        self
    }

    /// What it reads; then its input ends.
    pub(crate) fn input(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.input = Some(bytes.into());
        self
    }

    /// Its input stays open and silent.
    pub(crate) fn open_input(mut self) -> Self {
        self.input = None;
        self
    }

    /// Only so many lines of its output are read; then nobody reads any more.
    pub(crate) fn reads_out(mut self, lines: usize) -> Self {
        self.reads_out = Reads::Closes(lines);
        self
    }

    /// Only so many lines of its output are read; then nobody reads, though somebody could.
    pub(crate) fn stalls_out(mut self, lines: usize) -> Self {
        self.reads_out = Reads::Stalls(lines);
        self
    }

    /// Only so many lines of its errors are read; then nobody reads any more.
    pub(crate) fn reads_err(mut self, lines: usize) -> Self {
        self.reads_err = Reads::Closes(lines);
        self
    }

    pub(crate) fn start(mut self) -> Program {
        self.command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = self.command.spawn().expect("the program starts");
        let (send, news) = mpsc::channel();
        let (out, err) = (child.stdout.take().expect("an output"), child.stderr.take().expect("an output for errors"));
        follow(out, self.reads_out, send.clone(), News::Out);
        follow(err, self.reads_err, send.clone(), News::Err);
        let mut input = child.stdin.take();
        if let Some(bytes) = self.input
            && let Some(mut input) = input.take()
        {
            // A program that does not read to the end has its reasons.
            thread::spawn(move || drop(input.write_all(&bytes)));
        }
        let pid = child.id();
        thread::spawn(move || drop(send.send(News::Exited(wait(&mut child)))));
        Program {
            pid,
            news,
            out: String::new(),
            err: String::new(),
            ended: None,
            streams: 2,
            stalled: Vec::new(),
            input,
        }
    }

    /// Starts it and waits for its end.
    pub(crate) fn ended(self) -> Ended {
        self.start().end()
    }
}

impl Program {
    /// Waits for a line that holds this, on either stream, among those not yet waited for.
    #[track_caller]
    pub(crate) fn line(&mut self, holds: &str) -> String {
        loop {
            match self.next() {
                News::Out(line) | News::Err(line) if line.contains(holds) => return line,
                News::Exited(code) => {
                    panic!("it ended with {code} before it said {holds:?}\n{}\n{}", self.out, self.err)
                }
                _ => {}
            }
        }
    }

    #[cfg(target_os = "linux")]
    /// The most memory that it has ever held at once, in KiB, as Linux counts it.
    pub(crate) fn most_resident(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid)).expect("it lives");
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a line");
        line.trim().trim_end_matches("kB").trim().parse().expect("a number")
    }

    /// Sends a signal by its name, such as `TERM`.
    pub(crate) fn signal(&self, name: &str) {
        if self.ended.is_none() {
            #[expect(clippy::disallowed_methods, reason = "the one home of child processes in the tests")]
            let sent = Command::new("sh").args(["-c", &format!("kill -s {name} {}", self.pid)]).output();
            // It may have ended just now; its code tells.
            drop(sent.expect("a shell"));
        }
    }

    /// Sends a signal and waits for the end, which must come within 5 seconds.
    #[track_caller]
    pub(crate) fn stop(self, name: &str) -> Ended {
        let real = SystemClock::real();
        let begun: Moment = real.now();
        self.signal(name);
        let ended = self.end();
        let took = real.now().since(begun);
        assert!(took.0 < 5_000, "it took {} ms to stop by SIG{name}\n{}", took.0, ended.err);
        ended
    }

    /// Kills it without a warning.
    pub(crate) fn kill(self) -> Ended {
        self.signal("KILL");
        self.end()
    }

    /// Waits for the end, and takes all that it said.
    #[track_caller]
    pub(crate) fn end(mut self) -> Ended {
        drop(self.input.take());
        while self.ended.is_none() || self.streams > 0 {
            self.next();
        }
        let (out, err) = (std::mem::take(&mut self.out), std::mem::take(&mut self.err));
        Ended { code: self.ended.unwrap_or_default(), out, err }
    }

    #[track_caller]
    fn next(&mut self) -> News {
        let Ok(news) = self.news.recv_timeout(PATIENCE) else {
            panic!("nothing happens any more\n{}\n{}", self.out, self.err)
        };
        match &news {
            News::Out(line) => self.out.push_str(line),
            News::Err(line) => self.err.push_str(line),
            News::Closed | News::Stalled(_) => self.streams -= 1,
            News::Exited(code) => self.ended = Some(*code),
        }
        if let News::Stalled(stream) = news {
            self.stalled.push(stream);
            return News::Closed;
        }
        news
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        if self.ended.is_none() {
            self.signal("KILL");
        }
    }
}

impl Ended {
    /// That it ended with this code, or what it said instead.
    #[track_caller]
    pub(crate) fn with(self, code: i32) -> Self {
        assert_eq!(self.code, code, "\n{}\n{}", self.out, self.err);
        self
    }
}

/// Sends the lines of a stream, until its end or until enough is read.
fn follow(
    stream: impl Read + Send + 'static,
    reads: Reads,
    news: Sender<News>,
    what: impl Fn(String) -> News + Send + 'static,
) {
    thread::spawn(move || {
        let mut stream = BufReader::new(stream);
        let mut line = Vec::new();
        let mut left = match reads {
            Reads::All => usize::MAX,
            Reads::Closes(lines) | Reads::Stalls(lines) => lines,
        };
        while left > 0 && stream.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
            let text = String::from_utf8_lossy(&line).into_owned();
            line.clear();
            left -= 1;
            if news.send(what(text)).is_err() {
                break;
            }
        }
        let end = if matches!(reads, Reads::Stalls(_)) { News::Stalled(Box::new(stream)) } else { News::Closed };
        let _ = news.send(end);
    });
}

fn wait(child: &mut Child) -> i32 {
    use std::os::unix::process::ExitStatusExt as _;
    let status = child.wait().expect("a child that can be waited for");
    status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or_default())
}
