//! People of a world on Slack: what they type and press, and what they see. Every verb ends when the world is quiet.

use shipgate::clock::Span;
use shipgate::config::Mode;

use super::World;
use super::slack::{Asked, DEPLOYMENTS, FakeSlack, Message};

/// By then a card shows its last state: edits keep some distance.
const CATCHING_UP: Span = Span::seconds(4);

/// Somebody on Slack who can do one thing; ask the world again for the next.
pub(crate) struct Member<'w> {
    world: &'w mut World,
    name: &'static str,
}

impl Member<'_> {
    /// Types a command, and reads the answer.
    pub(crate) async fn types(self, line: &str) -> String {
        self.world.told(self.name, line);
        let asked = self.world.slack().person(self.name).types(line);
        self.world.hears_on_slack(&asked).await
    }

    /// Speaks to the bot, and reads the answer.
    pub(crate) async fn mentions(self, text: &str) -> String {
        self.world.told(self.name, &format!("@shipgate {text}"));
        let asked = self.world.slack().person(self.name).mentions(text, None);
        self.world.hears_on_slack(&asked).await
    }

    /// The same in the thread of a card.
    pub(crate) async fn mentions_below(self, card: &str, text: &str) -> String {
        self.world.told(self.name, &format!("@shipgate {text} (below {card})"));
        let ts = self.world.slack_card(card).ts;
        let asked = self.world.slack().person(self.name).mentions(text, Some(&ts));
        self.world.hears_on_slack(&asked).await
    }

    /// Presses a button of the newest card that says this, as it is now.
    pub(crate) async fn presses(self, card: &str, label: &str) -> String {
        let asked = self.world.reaches_on_slack(self.name, card, label);
        self.world.hears_on_slack(&asked).await
    }

    /// The same with a button that asks why.
    pub(crate) async fn presses_because(self, card: &str, label: &str, why: &str) -> String {
        let asked = self.world.reaches_on_slack(self.name, card, label);
        let form = self.world.hears_on_slack(&asked).await;
        let said = self.world.submits_on_slack(self.name, &asked, &[("reason", why)]).await;
        format!("{form}{said}")
    }

    /// Chooses something in a menu of the newest card that says this.
    pub(crate) async fn chooses(self, card: &str, menu: &str, item: &str) -> String {
        self.world.told(self.name, &format!("[{menu}: {item}] of {card}"));
        let ts = self.world.slack_card(card).ts;
        let asked = self.world.slack().person(self.name).chooses(&ts, menu, item);
        self.world.hears_on_slack(&asked).await
    }
}

impl World {
    /// Slack.
    #[track_caller]
    pub(crate) fn slack(&self) -> &FakeSlack {
        self.far.slack()
    }

    /// Somebody on Slack.
    pub(crate) fn on_slack(&mut self, name: &'static str) -> Member<'_> {
        Member { world: self, name }
    }

    /// The app hears what people do.
    pub(crate) async fn slack_is_ready(&mut self) {
        let slack = self.far.slack().clone();
        let mode = self.program().app.service().config().slack.as_ref().map(|section| section.mode);
        if mode == Some(Mode::Connection) {
            slack.connected(2).await;
        } else {
            slack.endpoint(&format!("http://{}/slack", self.program().app.address()));
        }
        self.settle().await;
    }

    /// Somebody presses a button; whatever comes of it is heard later.
    pub(crate) fn reaches_on_slack(&self, name: &str, card: &str, label: &str) -> Asked {
        self.told(name, &format!("[{label}] of {card}"));
        self.slack().person(name).presses(&self.slack_card(card).ts, label)
    }

    /// Somebody fills in a form and sends it.
    pub(crate) async fn submits_on_slack(&mut self, name: &str, form: &Asked, texts: &[(&str, &str)]) -> String {
        self.told(name, &format!("{texts:?}"));
        let asked = self.slack().person(name).submits(form, texts);
        self.hears_on_slack(&asked).await
    }

    /// What the person sees, once the world is quiet.
    pub(crate) async fn hears_on_slack(&mut self, asked: &Asked) -> String {
        self.settle().await;
        self.stable_on_slack(&asked.seen())
    }

    /// The newest card whose title says this.
    #[track_caller]
    pub(crate) fn slack_card(&self, title: &str) -> Message {
        let messages = self.slack().messages(DEPLOYMENTS);
        let found = messages.iter().rev().find(|message| message.title().contains(title)).cloned();
        found.unwrap_or_else(|| panic!("no card on Slack says `{title}`:\n{}", self.slack().seen(DEPLOYMENTS)))
    }

    /// The newest card that says this, as everybody sees it.
    #[track_caller]
    pub(crate) fn card_on_slack(&self, title: &str) -> String {
        self.stable_on_slack(&self.slack().seen_message(&self.slack_card(title).ts))
    }

    /// What is told below the newest card that says this. In how many messages the lines came depends on how fast
    /// everything was.
    pub(crate) fn told_below(&self, card: &str) -> String {
        let thread = self.slack().thread(&self.slack_card(card).ts);
        let told = thread.iter().filter(|message| message.files.is_empty());
        let told: Vec<&str> = told.map(|message| message.text.as_str()).collect();
        self.stable_on_slack(&told.join("\n"))
    }

    /// What was handed over below the newest card that says this: each message with its files.
    pub(crate) fn handed_over(&self, card: &str) -> Vec<Message> {
        let thread = self.slack().thread(&self.slack_card(card).ts);
        thread.into_iter().filter(|message| !message.files.is_empty()).collect()
    }

    /// What a channel shows, without what differs from run to run.
    pub(crate) fn seen_on_slack(&self, channel: &str) -> String {
        self.stable_on_slack(&self.slack().seen(channel))
    }

    /// Lets as much time pass as the last edits keep their distance.
    pub(crate) async fn slack_catches_up(&mut self) {
        self.pass(CATCHING_UP).await;
    }

    /// Without moments that each reader's Slack shows their own way, and the ids of messages, which grow with time. A
    /// space of no width is made one that is seen.
    pub(crate) fn stable_on_slack(&self, text: &str) -> String {
        let mut text = text.replace('\u{200b}', "␣");
        for (before, after, says) in [("<!date^", ">", "…"), ("/archives/C0DEPLOY/p", ">", "…")] {
            let mut parts = text.split(before);
            let mut kept = parts.next().unwrap_or_default().to_owned();
            for part in parts {
                let rest = part.split_once(after).map_or("", |(_, rest)| rest);
                kept.extend([before, says, after, rest]);
            }
            text = kept;
        }
        self.screen.stable(&text)
    }
}
