//! People of a world on Discord: what they type and click, and what they see. Every verb ends when the world is quiet.

use shipgate::clock::Span;

use super::World;
use super::discord::{Answer, Asked, Kind, Message, Place};

/// By then a card shows its last state: edits keep some distance.
const CATCHING_UP: Span = Span::seconds(11);

impl World {
    /// Somebody types a command, and reads the answer.
    pub(crate) async fn types(&mut self, name: &str, line: &str) -> String {
        self.told(name, line);
        let asked = self.discord().person(name).types(line);
        self.hears(&asked).await
    }

    /// Somebody presses a button of the newest card that says this, as it is now.
    pub(crate) async fn clicks(&mut self, name: &str, card: &str, label: &str) -> String {
        let message = self.message(card).id;
        self.told(name, &format!("[{label}] of {card}"));
        let asked = self.discord().person(name).clicks(message, label);
        self.hears(&asked).await
    }

    /// What the person is answered, once the world is quiet.
    pub(crate) async fn hears(&mut self, asked: &Asked) -> String {
        self.settle().await;
        let answer = asked.answer().unwrap_or_else(|| panic!("no answer; {:?}", asked.failed()));
        self.screen.stable(&without_moments(&self.as_text(asked, &answer)))
    }

    /// The newest card whose title says this.
    #[track_caller]
    pub(crate) fn message(&self, title: &str) -> Message {
        let messages = self.discord().messages(super::discord::DEPLOYMENTS);
        let says =
            |message: &&Message| message.embeds.iter().any(|e| e["title"].as_str().unwrap_or("").contains(title));
        messages.iter().rev().find(says).cloned().unwrap_or_else(|| panic!("no card on Discord says `{title}`"))
    }

    /// Lets as much time pass as the last edits keep their distance.
    pub(crate) async fn catches_up(&mut self) {
        self.pass(CATCHING_UP).await;
    }

    /// What a channel or thread shows, without what differs from run to run.
    #[track_caller]
    pub(crate) fn on_discord(&self, place: impl Into<Place>) -> String {
        self.screen.stable(&without_moments(&self.discord().seen(place)))
    }

    /// What a thread says, line by line: how many lines come in one message depends on how fast they came.
    #[track_caller]
    pub(crate) fn in_thread(&self, name: &str) -> String {
        let messages = self.discord().messages(name);
        let said: Vec<&str> = messages.iter().map(|message| message.content.as_str()).collect();
        self.screen.stable(&without_moments(&said.join("\n")))
    }

    fn as_text(&self, asked: &Asked, answer: &Answer) -> String {
        match answer.kind {
            Kind::Modal => {
                let modal = answer.modal.as_ref().expect("a modal");
                let inputs: Vec<_> = modal.inputs.iter().map(|input| input.label.clone()).collect();
                format!("form `{}`: {}", modal.title, inputs.join(", "))
            }
            Kind::Choices => answer.offered().join("\n"),
            Kind::Message | Kind::Update => {
                answer.message.map(|id| self.discord().seen_message(id)).unwrap_or_default()
            }
            kind => format!("{kind:?} after {:?}", asked.acked_after()),
        }
    }
}

/// Moments that Discord shows as a countdown, and the numbers of messages, which grow with time.
fn without_moments(text: &str) -> String {
    let mut text = text.to_owned();
    for before in ["<t:", "/100000000000000002/"] {
        let mut parts = text.split(before);
        let mut kept = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let rest = part.trim_start_matches(|c: char| c.is_ascii_digit());
            kept.extend([before, "…", rest]);
        }
        text = kept;
    }
    text
}
