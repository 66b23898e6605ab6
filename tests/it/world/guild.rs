//! People of a world on Discord: what they type and click, and what they see. Every verb ends when the world is quiet.

use shipgate::clock::Span;

use super::World;
use super::discord::{Answer, Asked, Exchange, Kind, Message, Place};

/// By then a card shows its last state: edits keep some distance.
const CATCHING_UP: Span = Span::seconds(11);

impl World {
    /// Somebody types a command, and reads the answer.
    pub(crate) async fn types(&mut self, name: &str, line: &str) -> String {
        self.told(name, line);
        let asked = self.discord().person(name).types(line);
        self.hears(&asked).await
    }

    /// The same with a client in another language.
    pub(crate) async fn types_in(&mut self, locale: &'static str, name: &str, line: &str) -> String {
        self.told(name, line);
        let asked = self.discord().person(name).locale(locale).types(line);
        self.hears(&asked).await
    }

    /// What is offered to somebody who is typing, for an option.
    pub(crate) async fn is_offered(&mut self, name: &str, line: &str, option: &str) -> String {
        self.told(name, &format!("{line} ({option}?)"));
        let asked = self.discord().person(name).completes(line, option);
        self.hears(&asked).await
    }

    /// Somebody presses a button of the newest card that says this, as it is now.
    pub(crate) async fn clicks(&mut self, name: &str, card: &str, label: &str) -> String {
        let message = self.message(card).id;
        self.told(name, &format!("[{label}] of {card}"));
        let asked = self.discord().person(name).clicks(message, label);
        self.hears(&asked).await
    }

    /// Somebody presses a button of the newest card that says this, which asks why, and says why.
    pub(crate) async fn clicks_because(&mut self, name: &str, card: &str, label: &str, why: &str) -> String {
        let asked = self.reaches(name, card, label);
        let form = self.hears(&asked).await;
        let said = self.submits(name, &asked, why).await;
        format!("{form}\n{said}")
    }

    /// Somebody presses a button; whatever comes of it is heard later.
    pub(crate) fn reaches(&self, name: &str, card: &str, label: &str) -> Asked {
        self.told(name, &format!("[{label}] of {card}"));
        self.discord().person(name).clicks(self.message(card).id, label)
    }

    /// Somebody says why, in a form that they were given.
    pub(crate) async fn submits(&mut self, name: &str, form: &Asked, why: &str) -> String {
        self.told(name, why);
        let said = self.discord().person(name).submit(form, &[("reason", why)]);
        self.hears(&said).await
    }

    /// Somebody presses a button that may be old, by its custom id, on a card as it may have been.
    pub(crate) async fn clicks_id(&mut self, name: &str, message: u64, custom_id: &str) -> String {
        self.told(name, custom_id);
        let asked = self.discord().person(name).clicks_id(message, custom_id);
        self.hears(&asked).await
    }

    /// Somebody chooses an item in a menu of the newest card that says this.
    pub(crate) async fn selects(&mut self, name: &str, card: &str, menu: &str, item: &str) -> String {
        self.told(name, &format!("[{menu}: {item}] of {card}"));
        let asked = self.discord().person(name).selects(self.message(card).id, menu, &[item]);
        self.hears(&asked).await
    }

    /// What the person is answered, once the world is quiet.
    pub(crate) async fn hears(&mut self, asked: &Asked) -> String {
        self.settle().await;
        let answer = asked.answer().unwrap_or_else(|| panic!("no answer; {:?}", asked.failed()));
        self.stable_on_discord(&self.as_text(asked, &answer))
    }

    /// The newest card whose title says this.
    #[track_caller]
    pub(crate) fn message(&self, title: &str) -> Message {
        let messages = self.discord().messages(super::discord::DEPLOYMENTS);
        let says =
            |message: &&Message| message.embeds.iter().any(|e| e["title"].as_str().unwrap_or("").contains(title));
        messages.iter().rev().find(says).cloned().unwrap_or_else(|| panic!("no card on Discord says `{title}`"))
    }

    /// The newest card that says this, as everybody sees it.
    #[track_caller]
    pub(crate) fn card_on_discord(&self, title: &str) -> String {
        self.stable_on_discord(&self.discord().seen_message(self.message(title).id))
    }

    /// A text without what differs from run to run.
    pub(crate) fn stable_on_discord(&self, text: &str) -> String {
        self.screen.stable(&without_moments(text))
    }

    /// Lets as much time pass as the last edits keep their distance.
    pub(crate) async fn catches_up(&mut self) {
        self.pass(CATCHING_UP).await;
    }

    /// The config file is edited; the next program reads it so.
    pub(crate) fn is_configured(&mut self, change: impl FnOnce(&str) -> String) {
        self.config = change(&self.config);
    }

    /// How many requests of that sort have come to Discord, by method and end of the path without its query.
    pub(crate) fn heard_by_discord(&self, method: &str, path_end: &str) -> usize {
        let path = |one: &Exchange| one.path.split('?').next().unwrap_or_default().to_owned();
        let fits = |one: &&Exchange| one.method == method && path(one).ends_with(path_end);
        self.discord().requests().iter().filter(fits).count()
    }

    /// What a channel or thread shows, without what differs from run to run.
    #[track_caller]
    pub(crate) fn on_discord(&self, place: impl Into<Place>) -> String {
        self.stable_on_discord(&self.discord().seen(place))
    }

    /// What a thread tells. In how many messages the lines came depends on how fast everything was, so those that call
    /// nobody are put together.
    #[track_caller]
    pub(crate) fn thread(&self, place: impl Into<Place>) -> String {
        let mut told = String::new();
        let mut goes_on = false;
        for message in self.discord().messages(place) {
            let seen = self.discord().seen_message(message.id);
            match seen.split_once('\n') {
                Some((_, lines)) if goes_on && message.pings.is_empty() => told.push_str(lines),
                _ => told.push_str(&seen),
            }
            goes_on = message.pings.is_empty();
        }
        self.stable_on_discord(&told)
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

/// Without moments that Discord shows as a countdown, and the numbers of messages, which grow with time. A space of no
/// width is made one that is seen.
fn without_moments(text: &str) -> String {
    let mut text = text.replace('\u{200b}', "␣");
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
