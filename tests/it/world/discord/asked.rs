//! What came of something that a person did.

use serde_json::Value;
use shipgate::clock::{self, Span, SystemClock};

use super::envelope::Input;
use super::interaction::Interaction;
use super::state::State;
use super::{FakeDiscord, Message, PATIENCE};

/// Something that a person did, and its answer.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    fake: FakeDiscord,
    id: u64,
}

/// What an answer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A message of its own.
    Message,
    /// "… is thinking".
    Deferred,
    /// Nothing to see yet.
    DeferredUpdate,
    /// A change of the message that was clicked.
    Update,
    /// What is offered for an option.
    Choices,
    Modal,
}

/// An answer as the person sees it now.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) kind: Kind,
    pub(crate) ephemeral: bool,
    /// The message, if it is one.
    pub(crate) message: Option<u64>,
    pub(crate) content: String,
    pub(crate) embeds: Vec<Value>,
    pub(crate) components: Vec<Value>,
    /// Name and value.
    pub(crate) choices: Vec<(String, Value)>,
    pub(crate) modal: Option<Modal>,
}

/// A form.
#[derive(Clone, Debug)]
pub(crate) struct Modal {
    pub(crate) custom_id: String,
    pub(crate) title: String,
    pub(crate) inputs: Vec<Input>,
}

impl Asked {
    pub(super) fn new(fake: FakeDiscord, id: u64) -> Self {
        Self { fake, id }
    }

    /// The interaction's number.
    pub(crate) fn id(&self) -> u64 {
        self.id
    }

    /// The interaction's token.
    pub(crate) fn token(&self) -> String {
        self.look(|asked, _| asked.token.clone())
    }

    /// What the person sees now.
    pub(crate) fn answer(&self) -> Option<Answer> {
        self.look(answer)
    }

    /// What was said after the first answer, as it is now.
    pub(crate) fn followups(&self) -> Vec<Message> {
        self.look(|asked, state| asked.followups.iter().filter_map(|id| state.message(*id).cloned()).collect())
    }

    /// How long the first answer took.
    pub(crate) fn acked_after(&self) -> Option<Span> {
        self.look(|asked, _| asked.ack.as_ref().map(|ack| ack.at.since(asked.at)))
    }

    /// When it was sent, and when the first answer came, in real time: for benches.
    pub(crate) fn span(&self) -> Option<(tokio::time::Instant, tokio::time::Instant)> {
        self.look(|asked, _| asked.ack.as_ref().map(|ack| (asked.sent, ack.came)))
    }

    /// Whether the endpoint has said that it takes it.
    pub(crate) fn is_taken(&self) -> bool {
        self.look(|asked, _| asked.taken)
    }

    /// Why the endpoint did not take it, if so.
    pub(crate) fn failed(&self) -> Option<String> {
        self.look(|asked, _| asked.failed.clone())
    }

    /// Waits for the first answer, whatever it is. None if none can come any more.
    pub(crate) async fn acked(&self) -> Option<Answer> {
        self.waits("a first answer", |asked| asked.ack.is_some()).await;
        self.answer()
    }

    /// Waits for the final answer. None if none can come any more; what was deferred and never said stays deferred.
    pub(crate) async fn answered(&self) -> Option<Answer> {
        self.waits("a final answer", Interaction::is_final).await;
        self.answer()
    }

    /// Waits for the final answer and gives what it says.
    pub(crate) async fn said(&self) -> String {
        let words = self.look(|asked, _| asked.words.clone());
        self.answered().await.unwrap_or_else(|| panic!("`{words}` got no answer")).content
    }

    /// The answer as text, if it is a message: see [`FakeDiscord::seen`].
    #[track_caller]
    pub(crate) fn seen(&self) -> String {
        let original = self.look(|asked, _| asked.original);
        self.fake.seen_message(original.unwrap_or_else(|| panic!("the answer is no message: {:?}", self.answer())))
    }

    async fn waits(&self, what: &str, done: impl Fn(&Interaction) -> bool) {
        let mut changes = self.fake.changes();
        let clock = self.fake.lock().clock.clone();
        let wait = async {
            loop {
                let (over, end) = self.look(|asked, state| {
                    let hopeless = asked.is_dead(state.now()) || asked.failed.is_some();
                    (done(asked) || hopeless, asked.end())
                });
                if over {
                    return;
                }
                tokio::select! {
                    changed = changes.changed() => changed.expect("the fake is there"),
                    () = clock.alarm(end) => {}
                }
            }
        };
        let waited = clock::timeout(&*SystemClock::real(), PATIENCE, wait).await;
        let words = self.look(|asked, _| asked.words.clone());
        let seen = (self.answer(), self.fake.violations(), self.fake.tail());
        assert!(waited.is_some(), "waited in vain for {what} to `{words}`: {seen:#?}");
    }

    fn look<T>(&self, see: impl FnOnce(&Interaction, &State) -> T) -> T {
        let state = self.fake.lock();
        see(&state.interactions[&self.id], &state)
    }
}

impl Answer {
    /// The names of what is offered.
    pub(crate) fn offered(&self) -> Vec<&str> {
        self.choices.iter().map(|(name, _)| name.as_str()).collect()
    }
}

fn answer(asked: &Interaction, state: &State) -> Option<Answer> {
    let ack = asked.ack.as_ref()?;
    let kind = match ack.kind {
        5 if asked.loading => Kind::Deferred,
        4 | 5 => Kind::Message,
        6 if asked.loading => Kind::DeferredUpdate,
        6 | 7 => Kind::Update,
        8 => Kind::Choices,
        _ => Kind::Modal,
    };
    let message = asked.original.and_then(|id| state.messages.get(&id));
    let choice = |one: &Value| (one["name"].as_str().unwrap_or_default().to_owned(), one["value"].clone());
    let text = |key: &str| ack.data[key].as_str().unwrap_or_default().to_owned();
    let modal = || Modal { custom_id: text("custom_id"), title: text("title"), inputs: Input::all(&ack.data) };
    Some(Answer {
        kind,
        ephemeral: message.is_some_and(Message::ephemeral),
        message: message.map(|message| message.id),
        content: message.map(|message| message.content.clone()).unwrap_or_default(),
        embeds: message.map(|message| message.embeds.clone()).unwrap_or_default(),
        components: message.map(|message| message.components.clone()).unwrap_or_default(),
        choices: ack.data["choices"].as_array().into_iter().flatten().map(choice).collect(),
        modal: (kind == Kind::Modal).then(modal),
    })
}
