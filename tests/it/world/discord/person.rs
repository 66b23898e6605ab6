//! What people do. A client would not let them do what cannot be done, so that ends the test, with words.

use serde_json::{Value, json};

use super::asked::{Asked, Kind};
use super::envelope::{self, Envelope};
use super::guild::{DEPLOYMENTS, ELSEWHERE, GUILD};
use super::interaction::Asking;
use super::wire::text;
use super::{FakeDiscord, Message, Place, typed};

/// Somebody who types and clicks.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    fake: FakeDiscord,
    id: u64,
    locale: &'static str,
    /// None is a direct message.
    guild: Option<u64>,
    channel: u64,
}

impl Person {
    pub(super) fn new(fake: FakeDiscord, id: u64) -> Self {
        Self { fake, id, locale: "en-US", guild: Some(GUILD), channel: DEPLOYMENTS }
    }

    /// The same with a client in this language: `ja`, `en-GB`.
    pub(crate) fn locale(&self, locale: &'static str) -> Self {
        Self { locale, ..self.clone() }
    }

    /// The same in another guild, where the same commands were registered once.
    pub(crate) fn in_another_guild(&self) -> Self {
        Self { guild: Some(ELSEWHERE), ..self.clone() }
    }

    /// The same, alone with the bot.
    pub(crate) fn in_a_direct_message(&self) -> Self {
        Self { guild: None, ..self.clone() }
    }

    /// The same, writing elsewhere.
    #[track_caller]
    pub(crate) fn in_channel(&self, place: impl Into<Place>) -> Self {
        let channel = self.fake.lock().place(&place.into());
        Self { channel, ..self.clone() }
    }

    /// The person's number.
    pub(crate) fn id(&self) -> u64 {
        self.id
    }

    /// A command, as the client shows it: `/deploy environment:staging version:v2 again:true`.
    #[track_caller]
    pub(crate) fn types(&self, line: &str) -> Asked {
        let (commands, guild) = self.known();
        let data = typed::command(&commands, &guild, line, None);
        self.asks(Asking::Command, line.to_owned(), data, None)
    }

    /// A command that is not finished: what is offered for an option.
    #[track_caller]
    pub(crate) fn completes(&self, line: &str, option: &str) -> Asked {
        let (commands, guild) = self.known();
        let data = typed::command(&commands, &guild, line, Some(option));
        self.asks(Asking::Autocomplete, format!("{line} ({option}?)"), data, None)
    }

    /// Presses a button of a message as it is now, by its label.
    #[track_caller]
    pub(crate) fn clicks(&self, message: u64, label: &str) -> Asked {
        let seen = self.sees(message);
        let labels = || seen.buttons();
        let button = seen.parts(2).into_iter().find(|button| button["label"] == label);
        let button = button.unwrap_or_else(|| panic!("no button says `{label}`: {:?}", labels()));
        assert!(button["disabled"] != true, "`{label}` is disabled: {:?}", labels());
        self.fake.lock().pressed.push(label.to_owned());
        let custom_id = button["custom_id"].as_str();
        self.clicks_id(message, custom_id.unwrap_or_else(|| panic!("`{label}` is a link")))
    }

    /// Presses a button that may be old, on a message that may be gone.
    #[track_caller]
    pub(crate) fn clicks_id(&self, message: u64, custom_id: &str) -> Asked {
        let seen = self.fake.message(message);
        let number = seen.parts(2).into_iter().find(|one| one["custom_id"] == custom_id).map(|one| one["id"].clone());
        let data = json!({"custom_id": custom_id, "component_type": 2, "id": number.unwrap_or(json!(2))});
        self.asks(Asking::Component, format!("clicks {custom_id}"), data, Some(message))
    }

    /// Selects in a menu, by its custom id or placeholder; the values by value or label.
    #[track_caller]
    pub(crate) fn selects(&self, message: u64, which: &str, values: &[&str]) -> Asked {
        let seen = self.sees(message);
        let menus = seen.parts(3);
        let found = menus.iter().find(|one| one["custom_id"] == which || one["placeholder"] == which);
        let menu = found.unwrap_or_else(|| panic!("no menu is called `{which}`: {menus:?}"));
        assert!(menu["disabled"] != true, "`{which}` is disabled");
        let options: Vec<&Value> = menu["options"].as_array().into_iter().flatten().collect();
        let value = |wanted: &&str| {
            let found = options.iter().find(|one| one["value"] == *wanted || one["label"] == *wanted);
            found.unwrap_or_else(|| panic!("`{which}` does not offer `{wanted}`: {options:?}"))["value"].clone()
        };
        let values: Vec<Value> = values.iter().map(value).collect();
        let bounds = menu["min_values"].as_u64().unwrap_or(1)..=menu["max_values"].as_u64().unwrap_or(1);
        assert!(bounds.contains(&(values.len() as u64)), "`{which}` takes {bounds:?} values");
        let data = json!({"custom_id": menu["custom_id"], "component_type": 3, "id": menu["id"], "values": values});
        self.asks(Asking::Component, format!("selects {values:?}"), data, Some(message))
    }

    /// Fills in the modal that an interaction was answered with, by custom id or label. What is not named stays as it is.
    #[track_caller]
    pub(crate) fn submit(&self, asked: &Asked, texts: &[(&str, &str)]) -> Asked {
        let answer = asked.answer().filter(|answer| answer.kind == Kind::Modal);
        let modal = answer.and_then(|answer| answer.modal).unwrap_or_else(|| panic!("the answer is no modal"));
        let mut data = json!({"custom_id": modal.custom_id, "components": []});
        for (which, _) in texts {
            let known = |input: &envelope::Input| input.custom_id == *which || input.label == *which;
            assert!(modal.inputs.iter().any(known), "the modal does not ask for `{which}`: {:?}", modal.inputs);
        }
        let mut rows = Vec::new();
        for input in &modal.inputs {
            let filled = texts.iter().find(|(which, _)| *which == input.custom_id || *which == input.label);
            let value = filled.map_or(input.value.as_str(), |(_, text)| text);
            input.takes(value);
            rows.push(input.row(value));
        }
        data["components"] = Value::Array(rows);
        let source = self.fake.lock().interactions[&asked.id()].source;
        self.asks(Asking::Submit, format!("submits {texts:?}"), data, source)
    }

    /// Writes an ordinary message, which bots do not hear of here.
    pub(crate) fn writes(&self, content: &str) -> u64 {
        let mut state = self.fake.lock();
        let (id, now) = (state.id(), state.now());
        let mut message = Message::new(id, self.channel, now);
        message.author = self.id;
        content.clone_into(&mut message.content);
        message.call(&state.guild, &Value::Null);
        state.messages.insert(id, message);
        drop(state);
        self.fake.ring();
        id
    }

    /// A message that is there for this person.
    #[track_caller]
    fn sees(&self, id: u64) -> Message {
        let message = self.fake.message(id);
        assert!(!message.deleted, "the message is deleted");
        let owner = message.interaction.map(|id| self.fake.lock().interactions[&id].person);
        assert!(!message.ephemeral() || owner == Some(self.id), "somebody else's private message");
        message
    }

    fn known(&self) -> (Vec<Value>, typed::Names) {
        let state = self.fake.lock();
        let permissions = state.guild.permissions(self.id, self.channel);
        let members = state.guild.members.iter().map(|one| (one.name.to_owned(), one.id)).collect();
        let channels = state.guild.channels.iter().map(|one| (one.name.clone(), one.id)).collect();
        let visible = |command: &&Value| {
            let needed = command["default_member_permissions"].as_str().and_then(|bits| bits.parse::<u64>().ok());
            // "0" is for administrators only.
            needed.is_none_or(|needed| permissions & needed == needed && (needed != 0 || permissions == u64::MAX))
        };
        (state.commands.iter().filter(visible).cloned().collect(), typed::Names { members, channels })
    }

    fn asks(&self, asking: Asking, words: String, mut data: Value, source: Option<u64>) -> Asked {
        if data.get("guild_id").is_some() {
            data["guild_id"] = json!(self.guild.map(text));
        }
        let channel = source.map_or(self.channel, |source| self.fake.message(source).channel);
        let name = self.fake.lock().guild.member(self.id).map(|member| member.name).unwrap_or_default();
        let words = format!("{name}: {words}");
        let (person, guild, locale) = (self.id, self.guild, self.locale);
        let envelope = Envelope { asking, person, guild, channel, locale, source, data };
        let id = self.fake.asks(&envelope, words);
        Asked::new(self.fake.clone(), id)
    }
}

impl Message {
    /// What its buttons say.
    pub(crate) fn buttons(&self) -> Vec<String> {
        let label = |one: &&Value| one["label"].as_str().unwrap_or_default().to_owned();
        self.parts(2).iter().map(label).collect()
    }

    /// The custom id of the button with a label.
    #[track_caller]
    pub(crate) fn custom_id(&self, label: &str) -> String {
        let found = self.parts(2).into_iter().find(|button| button["label"] == label);
        let found = found.unwrap_or_else(|| panic!("no button says `{label}`: {:?}", self.buttons()));
        found["custom_id"].as_str().unwrap_or_else(|| panic!("`{label}` is a link")).to_owned()
    }

    /// Its address.
    pub(crate) fn link(&self) -> String {
        format!("https://discord.com/channels/{}/{}/{}", super::GUILD, self.channel, text(self.id))
    }
}
