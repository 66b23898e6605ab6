//! Something that a person did, and what came of it.

use serde_json::Value;
use shipgate::clock::{Moment, Span};

use super::payload::Kind;
use super::state::State;
use super::{FakeSlack, Message, rules};

/// How long Slack waits for an acknowledgement, and how long an answer can still come.
pub(super) const ACK: Span = Span::seconds(3);
const LASTS: Span = Span::minutes(30);

/// Something that a person did.
#[derive(Clone, Debug)]
pub(super) struct Ask {
    pub(super) id: u64,
    pub(super) person: String,
    pub(super) words: String,
    pub(super) kind: Kind,
    pub(super) channel: String,
    pub(super) at: Moment,
    pub(super) trigger_id: String,
    /// What Slack tells of it.
    pub(super) payload: Value,
    /// The envelopes in which it was told.
    pub(super) envelopes: Vec<String>,
    /// How often it was sent again without being acknowledged for that.
    pub(super) repeats: usize,
    /// When it was acknowledged.
    pub(super) acked: Option<Moment>,
    /// Why it did not come through, as Slack tells the person.
    pub(super) failed: Option<String>,
    /// The form that it was answered with.
    pub(super) view: Option<Value>,
    /// What is wrong in the form that was sent.
    pub(super) errors: Option<Value>,
    /// What they alone were told, by its ids.
    pub(super) said: Vec<String>,
    /// How often the address for answers was used.
    pub(super) uses: usize,
}

impl Ask {
    pub(super) fn new(id: u64, person: &str, words: String, kind: Kind, channel: &str, at: Moment) -> Self {
        Self {
            id,
            person: person.to_owned(),
            words,
            kind,
            channel: channel.to_owned(),
            at,
            trigger_id: format!("{id}.trigger"),
            payload: Value::Null,
            envelopes: Vec::new(),
            repeats: 0,
            acked: None,
            failed: None,
            view: None,
            errors: None,
            said: Vec::new(),
            uses: 0,
        }
    }

    /// Whether they were not answered and can still be.
    pub(super) fn waits(&self, now: Moment) -> bool {
        let answered =
            self.kind == Kind::Event || !self.said.is_empty() || self.view.is_some() || self.errors.is_some();
        let late = self.acked.is_none() && now.since(self.at) > ACK;
        let open = self.acked.is_none() || self.repeats > 0 || !answered;
        self.failed.is_none() && !late && now.since(self.at) < LASTS && open
    }

    pub(super) fn response_url(&self, state: &State) -> String {
        format!("{}/response_url/{}", state.url, self.id)
    }
}

impl State {
    /// An app has said that something came, and perhaps an answer.
    pub(super) fn acknowledges(&mut self, id: u64, payload: Option<Value>) {
        let now = self.now();
        let ts = self.ts();
        let ask = self.asks.get_mut(&id).expect("an ask");
        let (kind, person, channel) = (ask.kind, ask.person.clone(), ask.channel.clone());
        if ask.acked.is_some() && ask.envelopes.len() < 2 {
            return self.breaks(format!("`{}` was acknowledged twice", self.asks[&id].words));
        }
        if ask.acked.is_some() {
            ask.repeats = ask.repeats.saturating_sub(1);
        }
        ask.acked = ask.acked.or(Some(now));
        let Some(payload) = payload.filter(|payload| !payload.is_null()) else { return };
        match kind {
            Kind::Command => {
                let wrong = rules::message(&payload);
                let mut message = Message::new(&channel, ts.clone(), now);
                message.take(&payload);
                message.only_for = (payload["response_type"] != "in_channel").then_some(person);
                self.messages.push(message);
                self.asks.get_mut(&id).expect("an ask").said.push(ts);
                wrong.into_iter().for_each(|rule| self.breaks(format!("answer to a command: {rule}")));
            }
            Kind::Submission if payload["response_action"] == "errors" => {
                let fields = ask.payload["view"]["state"]["values"].clone();
                let unknown: Vec<String> = payload["errors"]
                    .as_object()
                    .into_iter()
                    .flat_map(|errors| errors.keys())
                    .filter(|field| fields.get(field.as_str()).is_none())
                    .cloned()
                    .collect();
                ask.errors = Some(payload["errors"].clone());
                unknown.into_iter().for_each(|field| self.breaks(format!("the form has no field `{field}`")));
            }
            _ => self.breaks(format!("this cannot be said with an acknowledgement: {payload}")),
        }
    }
}

/// Something that a person did, for who wants to know what came of it.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(super) fake: FakeSlack,
    pub(super) id: u64,
}

impl Asked {
    /// What the person was told, oldest first.
    pub(crate) fn said(&self) -> Vec<Message> {
        let said = self.look(|ask| ask.said.clone());
        said.iter().map(|ts| self.fake.message(ts)).collect()
    }

    /// The form that they were shown.
    pub(crate) fn form(&self) -> Option<Value> {
        self.look(|ask| ask.view.clone())
    }

    /// What is wrong in the form that they sent: text by field.
    pub(crate) fn errors(&self) -> Option<Value> {
        self.look(|ask| ask.errors.clone())
    }

    /// Why it did not come through.
    pub(crate) fn failed(&self) -> Option<String> {
        self.look(|ask| ask.failed.clone())
    }

    /// How long it took until it was acknowledged.
    pub(crate) fn acked_after(&self) -> Option<Span> {
        self.look(|ask| ask.acked.map(|at| at.since(ask.at)))
    }

    /// The person waits for no answer any more.
    pub(crate) fn is_given_up(&self) {
        let mut state = self.fake.lock();
        state.asks.get_mut(&self.id).expect("an ask").failed.get_or_insert_with(|| "given up".to_owned());
    }

    /// What Slack told of it.
    pub(crate) fn payload(&self) -> Value {
        self.look(|ask| ask.payload.clone())
    }

    /// What they see, as text: see [`FakeSlack::seen`].
    pub(crate) fn seen(&self) -> String {
        if let Some(view) = self.form() {
            return super::seen::form(&view);
        }
        if let Some(errors) = self.errors() {
            return format!("wrong in the form: {errors}");
        }
        if let Some(failed) = self.failed() {
            return format!("failed: {failed}");
        }
        self.said().iter().map(|message| self.fake.seen_message(&message.ts)).collect::<Vec<_>>().join("\n")
    }

    pub(super) fn look<T>(&self, see: impl FnOnce(&Ask) -> T) -> T {
        see(&self.fake.lock().asks[&self.id])
    }
}
