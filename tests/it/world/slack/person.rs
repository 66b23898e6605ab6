//! What people do. A client would not let them do what cannot be done, so that ends the test, with words.

use serde_json::{Map, Value, json};

use super::asked::{Ask, Asked};
use super::payload::{self, Kind};
use super::workspace::{BOT, DEPLOYMENTS};
use super::{FakeSlack, Message};

/// Commands of Slack's own. <https://slack.com/help/articles/201259356-Use-built-in-slash-commands>
const BUILT_IN: [&str; 8] = ["/status", "/me", "/remind", "/topic", "/open", "/mute", "/leave", "/search"];

/// Somebody who types and presses.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    fake: FakeSlack,
    id: &'static str,
    channel: String,
}

impl Person {
    pub(super) fn new(fake: FakeSlack, id: &'static str) -> Self {
        Self { fake, id, channel: DEPLOYMENTS.to_owned() }
    }

    /// The same, writing elsewhere.
    pub(crate) fn in_channel(&self, channel: &str) -> Self {
        Self { channel: channel.to_owned(), ..self.clone() }
    }

    /// The same with a client in this language: `ja-JP`.
    pub(crate) fn reads(&self, locale: &'static str) -> Self {
        let mut state = self.fake.lock();
        let people = &mut state.workspace.people;
        people.iter_mut().filter(|human| human.id == self.id).for_each(|human| human.locale = locale);
        drop(state);
        self.clone()
    }

    /// Types a slash command: `/deploy staging`.
    #[track_caller]
    pub(crate) fn types(&self, line: &str) -> Asked {
        let (command, text) = line.split_once(' ').unwrap_or((line, ""));
        assert!(!BUILT_IN.contains(&command), "{command} is Slack's own: no app hears of it");
        let ask = self.ask(Kind::Command, line.to_owned());
        self.fake.asks(ask, |state, ask| payload::command(state, ask, command, text))
    }

    /// Speaks to the bot, in a channel or in a thread.
    pub(crate) fn mentions(&self, text: &str, thread: Option<&str>) -> Asked {
        let ask = self.ask(Kind::Mention, format!("@shipgate {text}"));
        let text = format!("<@{BOT}> {text}");
        self.fake.asks(ask, |state, ask| payload::mention(state, ask, &text, thread))
    }

    /// The same with the bot's name wherever it stands in the text.
    pub(crate) fn says(&self, text: &str) -> Asked {
        let ask = self.ask(Kind::Mention, text.to_owned());
        self.fake.asks(ask, |state, ask| payload::mention(state, ask, text, None))
    }

    /// Presses a button of a message as it is now, by its label.
    #[track_caller]
    pub(crate) fn presses(&self, ts: &str, label: &str) -> Asked {
        let message = self.fake.message(ts);
        let found = message.controls().into_iter().find(|one| one["text"]["text"] == label).cloned();
        let button = found.unwrap_or_else(|| panic!("no button says `{label}`: {:?}", message.buttons()));
        self.presses_value(ts, &button)
    }

    /// Presses a button as it once was, on a message as it is now.
    pub(crate) fn presses_value(&self, ts: &str, button: &Value) -> Asked {
        let message = self.fake.message(ts);
        let action = json!({
            "action_id": button["action_id"], "block_id": "b0", "text": button["text"], "value": button["value"],
            "type": "button", "action_ts": "1795410000.000001",
        });
        let label = button["text"]["text"].as_str().unwrap_or_default();
        self.acts(&message, format!("[{label}]"), action)
    }

    /// Chooses something in a menu of a message.
    #[track_caller]
    pub(crate) fn chooses(&self, ts: &str, placeholder: &str, option: &str) -> Asked {
        let message = self.fake.message(ts);
        let found = message.controls().into_iter().find(|one| one["placeholder"]["text"] == placeholder).cloned();
        let menu = found.unwrap_or_else(|| panic!("no menu says `{placeholder}`"));
        let options = menu["options"].as_array().into_iter().flatten();
        let chosen = options.clone().find(|one| one["text"]["text"] == option);
        let chosen = chosen.unwrap_or_else(|| panic!("`{placeholder}` does not offer `{option}`: {menu}"));
        let action = json!({
            "action_id": menu["action_id"], "block_id": "b0", "type": "static_select", "action_ts": "1795410000.000001",
            "selected_option": chosen, "placeholder": menu["placeholder"],
        });
        self.acts(&message, format!("[{placeholder}: {option}]"), action)
    }

    /// Fills in the form that something was answered with, by the names of its fields, and sends it. What is not named
    /// stays as it is.
    #[track_caller]
    pub(crate) fn submits(&self, asked: &Asked, texts: &[(&str, &str)]) -> Asked {
        let view = asked.form().unwrap_or_else(|| panic!("there is no form: {}", asked.seen()));
        let mut values = Map::new();
        let fields = view["blocks"].as_array().into_iter().flatten().filter(|block| block["type"] == "input");
        for block in fields {
            let (name, element) = (block["block_id"].as_str().unwrap_or_default(), &block["element"]);
            let filled = texts.iter().find(|(known, _)| *known == name).map(|(_, text)| json!(text));
            let value = filled.unwrap_or_else(|| element["initial_value"].clone());
            let is_empty = value.as_str().is_none_or(str::is_empty);
            assert!(!is_empty || block["optional"] == true, "Slack does not send the form without `{name}`");
            let action = element["action_id"].as_str().unwrap_or_default();
            let value = if is_empty { Value::Null } else { value };
            values.insert(name.to_owned(), json!({ action: {"type": "plain_text_input", "value": value} }));
        }
        for (name, _) in texts {
            assert!(values.contains_key(*name), "the form does not ask for `{name}`: {view}");
        }
        let ask = self.ask(Kind::Submission, format!("submits {texts:?}"));
        self.fake.asks(ask, |state, ask| payload::submission(state, ask, &view, Value::Object(values)))
    }

    fn acts(&self, message: &Message, words: String, action: Value) -> Asked {
        let ask = Self { channel: message.channel.clone(), ..self.clone() }.ask(Kind::Press, words);
        self.fake.asks(ask, |state, ask| payload::press(state, ask, message, action))
    }

    fn ask(&self, kind: Kind, words: String) -> Ask {
        let mut state = self.fake.lock();
        let (id, now) = (state.number(), state.now());
        let name = state.workspace.human(self.id).map(|human| human.name).unwrap_or_default();
        Ask::new(id, self.id, format!("{name}: {words}"), kind, &self.channel, now)
    }
}
