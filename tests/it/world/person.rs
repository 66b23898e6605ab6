//! People of a world, and what they do: they speak as in the terminal, press what they see, and are answered privately.

use std::fmt;

use shipgate::card;
use shipgate::chat::terminal::pressing;
use shipgate::command::{self, Command};
use shipgate::service::Speaker;
use shipgate::view::{Answer, No};

use super::World;

/// Somebody who can do one thing; ask the world again for the next.
pub(crate) struct Person<'w> {
    pub(super) world: &'w mut World,
    pub(super) name: &'static str,
}

/// What a person was told who was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refused {
    /// The stable code.
    pub(crate) code: String,
    /// The words.
    pub(crate) text: String,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{}]\n{}", self.code, self.text)
    }
}

/// What was done with a command.
pub(super) type Outcome = Result<Answer, No>;

impl Person<'_> {
    /// Says a line, which is accepted; the answer as they read it.
    pub(crate) async fn says(self, line: &str) -> String {
        let name = self.name;
        match self.tries(line).await {
            Ok(text) => text,
            Err(refused) => panic!("{name} said `{line}` and was refused: {refused}"),
        }
    }

    /// Says a line, which is refused.
    pub(crate) async fn hears_no_to(self, line: &str) -> Refused {
        let name = self.name;
        match self.tries(line).await {
            Ok(text) => panic!("{name} said `{line}` and was not refused: {text}"),
            Err(refused) => refused,
        }
    }

    /// Presses a button of the newest card that has it.
    pub(crate) async fn presses(self, label: &str) -> String {
        self.says(&format!("/press {label}")).await
    }

    /// The press of a button as it is now, to be made later.
    pub(crate) fn reaches_for(self, label: &str) -> Command {
        self.world.read(&format!("/press {label}")).unwrap_or_else(|no| panic!("no such button: {no:?}"))
    }

    /// Makes a press that was reached for earlier.
    pub(crate) async fn presses_late(self, button: &Command) -> Result<String, Refused> {
        self.world.told(self.name, &format!("(an older card) {button:?}"));
        let speaker = speaker(self.name);
        let outcome = self.world.handle(&speaker, button).await;
        let told = self.world.answered(self.name, &outcome.expect("the program lives"));
        self.world.settle().await;
        told
    }

    /// Says a line, come what may.
    pub(crate) async fn tries(self, line: &str) -> Result<String, Refused> {
        let outcome = self.world.speak(self.name, line).await.expect("the program lives");
        let told = self.world.answered(self.name, &outcome);
        self.world.settle().await;
        told
    }

    /// Says a line again and again until the program lives long enough to answer.
    pub(crate) async fn insists(self, line: &str) -> Result<String, Refused> {
        loop {
            if let Some(outcome) = self.world.speak(self.name, line).await {
                let told = self.world.answered(self.name, &outcome);
                self.world.settle().await;
                return told;
            }
            self.world.starts_again().await;
        }
    }
}

pub(crate) fn speaker(name: &str) -> Speaker {
    Speaker { identity: format!("terminal:{name}"), name: name.to_owned(), also: Vec::new(), unsure: false }
}

impl World {
    /// What a line means; a `/press` is a press on what is on the screen now.
    pub(super) fn read(&self, line: &str) -> Result<Command, No> {
        let service = self.program().app.service();
        match pressing(line, service.names()) {
            Some((label, environment)) => self.screen.terminal.pressed(&label, environment.as_deref()),
            None => command::parse(line, service.names()),
        }
    }

    /// Speaks a line; none if the program dies before it answers.
    async fn speak(&mut self, name: &str, line: &str) -> Option<Outcome> {
        self.told(name, line);
        match self.read(line) {
            Ok(command) => self.handle(&speaker(name), &command).await,
            Err(no) => Some(Err(no)),
        }
    }

    pub(super) fn told(&self, name: &str, line: &str) {
        self.tell(format!("> {name}: {line}"));
    }

    /// Shows a person the answer, privately.
    pub(super) fn answered(&self, name: &str, outcome: &Outcome) -> Result<String, Refused> {
        let words = self.screen.words();
        let page = match outcome {
            Ok(answer) => card::answer(answer, &words),
            Err(no) => card::no(no, &words),
        };
        self.screen.terminal.answer(name, &page).expect("paper");
        let text = self.screen.text(&page);
        match outcome {
            Ok(_) => Ok(text),
            Err(no) => {
                self.tell(format!("  {name} is refused: {}", no.code));
                Err(Refused { code: no.code.clone(), text })
            }
        }
    }
}
