//! What people do on Slack, and what they are answered: commands, presses, reasons, mentions.
//!
//! Both ways in end here. What people do is done once, however often Slack sends it, and acknowledged after the commit
//! that it asks for. When that takes long, what Slack sends once is acknowledged before it, because Slack wants to hear
//! within 3 seconds, and the person is answered later; what it sends again is not acknowledged.
//! The work is never given up because an answer cannot be given, and where it breaks, that is the answer: nobody is left
//! alone with an acknowledgement. Answers are private and in the person's own language; how they get there is in `whom`.
//! Who may do what is the core's to say; here only who somebody is.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures::FutureExt as _;
use futures::future::join_all;
use serde_json::{Value, json};
use tokio::sync::{Semaphore, oneshot};
use tokio_util::sync::CancellationToken;

use super::api::Failure;
use super::groups::{Groups, Membership};
use super::incoming::{Incoming, Mention, Press, SlashCommand, Submission};
use super::whom::{Whom, answer};
use super::workspace::Workspace;
use super::{forms, mrkdwn};
use crate::card::{self, Card};
use crate::chat::asking::{self, Came};
use crate::chat::button::{self, Pressed};
use crate::chat::form::{self, Form};
use crate::chat::once::First;
use crate::chat::tasks::Tasks;
use crate::clock::{self, SharedClock};
use crate::command::{self, Command};
use crate::domain::Span;
use crate::metrics::Metrics;
use crate::service::{Service, Speaker};
use crate::view::No;
use crate::words::Words;
use forms::Place;

/// After how long everything is acknowledged. With the way there and back it must stay below 3 seconds.
const ACK: Span = Span(1_500);

/// Where people are attended to.
pub(super) struct Desk {
    pub(super) service: Service,
    pub(super) workspace: Arc<Workspace>,
    pub(super) groups: Arc<Groups>,
    pub(super) clock: SharedClock,
    pub(super) metrics: Metrics,
    pub(super) tasks: Tasks,
    /// How much is attended to at a time.
    pub(super) places: Arc<Semaphore>,
    /// The program is to stop.
    pub(super) stopping: CancellationToken,
}

/// What Slack is told at once.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Ack {
    /// It is taken.
    Taken,
    /// It is taken, and that is the answer.
    Says(Value),
    /// It was done before.
    Repeat,
    /// It cannot be taken now, and shall come again.
    Busy,
}

/// Where something is acknowledged, once.
struct Door {
    tells: oneshot::Sender<Ack>,
    /// Whether an answer can go with it.
    may_say: bool,
}

impl Door {
    fn tells(self, ack: Ack) {
        // Nobody listens any more if it took long.
        let _ = self.tells.send(ack);
    }

    /// The same, where no answer can go with it.
    fn without_words(self) -> Self {
        Self { may_say: false, ..self }
    }

    /// Answers with the acknowledgement; gives the answer back where it has to be said elsewhere.
    fn says(self, said: Value) -> Option<Value> {
        if !self.may_say {
            self.tells(Ack::Taken);
            return Some(said);
        }
        match self.tells.send(Ack::Says(said)) {
            Err(Ack::Says(said)) => Some(said),
            _ => None,
        }
    }
}

impl Desk {
    /// Attends to anything; returns what Slack is to be told, in time. The rest goes on by itself. `delivery` is how it
    /// came: the same if it is replayed.
    pub(super) async fn take(self: &Arc<Self>, incoming: Incoming, delivery: &str, may_say: bool) -> Ack {
        let Ok(place) = Arc::clone(&self.places).try_acquire_owned() else {
            tracing::error!("too much is going on; this is not taken");
            return Ack::Busy;
        };
        let at = self.clock.now();
        // What Slack sends again until it hears that it came is not ours before it is committed.
        let late = if matches!(incoming, Incoming::Mention(_)) { Ack::Busy } else { Ack::Taken };
        let (tells, hears) = oneshot::channel();
        let (desk, key) = (Arc::clone(self), incoming.key(delivery));
        self.tasks.spawn(async move {
            desk.attend(incoming, key, Door { tells, may_say }).await;
            drop(place);
        });
        let ack = match clock::timeout(&*self.clock, ACK, hears).await {
            Some(Ok(ack)) => ack,
            // It broke. Whoever did it is told so, and it would break again.
            Some(Err(_)) => Ack::Taken,
            None => late,
        };
        #[expect(clippy::cast_precision_loss, reason = "milliseconds of one answer are far below 2^52")]
        self.metrics.acknowledged("slack", self.clock.now().since(at).0 as f64 / 1_000.0);
        ack
    }

    async fn attend(&self, incoming: Incoming, key: Option<String>, door: Door) {
        let Some(whom) = Whom::of(&incoming) else {
            match incoming {
                Incoming::Group(change) => self.groups.hears(&change),
                Incoming::Other(kind) => tracing::debug!(kind, "Slack tells of something that we have no use for"),
                // A form that we have not opened.
                _ => {}
            }
            return door.tells(Ack::Taken);
        };
        let attended = self.attends_to(&whom, incoming, key.clone(), door);
        if AssertUnwindSafe(attended).catch_unwind().await.is_err() {
            let (user, channel) = (&whom.user, &whom.place.channel);
            tracing::error!(
                user,
                channel,
                key,
                "what somebody asked for broke on the way; the panic before this says where"
            );
            let words = self.words(user).await;
            self.answers(&whom, answer(&card::no(&No::new("broke"), &words), &words)).await;
        }
    }

    async fn attends_to(&self, whom: &Whom, incoming: Incoming, key: Option<String>, door: Door) {
        match incoming {
            Incoming::Command(typed) => Box::pin(self.command(whom, typed, key, door)).await,
            Incoming::Press(press) => Box::pin(self.press(whom, press, key, door)).await,
            Incoming::Submission(sent) => Box::pin(self.submission(whom, sent, key, door)).await,
            Incoming::Mention(mention) => Box::pin(self.mention(whom, mention, key, door)).await,
            Incoming::Group(_) | Incoming::Other(_) => door.tells(Ack::Taken),
        }
    }

    async fn command(&self, whom: &Whom, typed: SlashCommand, key: Option<String>, door: Door) {
        let speaker = self.speaker(&typed.user_id, &typed.team_id, &typed.user_name);
        let (first, words, speaker) = futures::join!(self.first(key), self.words(&typed.user_id), speaker);
        let line = line_of(&typed.command, &typed.text);
        let (first, came) = match first {
            Ok(None) => return door.tells(Ack::Repeat),
            Err(no) => (None, Came::no(&no, &words)),
            Ok(Some(first)) => {
                if let Some(form) = self.form_of(&line, &words)
                    && self.opens(&form, &whom.place, &typed.trigger_id, &words).await
                {
                    door.tells(Ack::Taken);
                    return first.ends().await;
                }
                let came = asking::carry_out(&first, speaker, self.read(&line), &words).await;
                (Some(first), came)
            }
        };
        self.ends(door, whom, &words, (first, came)).await;
    }

    async fn press(&self, whom: &Whom, press: Press, key: Option<String>, door: Door) {
        let speaker = self.speaker(&press.user.id, team(&press.user.team_id, &press.team.id), &press.user.name);
        let (first, words, speaker) = futures::join!(self.first(key), self.words(&press.user.id), speaker);
        let pressed = press.actions.first().and_then(|action| match &action.selected_option {
            Some(chosen) => button::decode(&action.action_id)?.picking(&chosen.value),
            None => button::decode(action.value.as_deref()?),
        });
        let (first, came) = match (first, &pressed) {
            (Ok(None), _) => return door.tells(Ack::Repeat),
            (Err(no), _) => (None, Came::no(&no, &words)),
            (Ok(Some(first)), Some(pressed)) if button::asks_reason(pressed) => {
                let form = self.reason_form(pressed, &words).await;
                if self.opens(&form, &whom.place, &press.trigger_id, &words).await {
                    door.tells(Ack::Taken);
                    return first.ends().await;
                }
                (Some(first), Came::no(&No::new("form_not_opened"), &words))
            }
            (Ok(Some(first)), _) => {
                let came = asking::press(&first, speaker, pressed, None, &words).await;
                (Some(first), came)
            }
        };
        self.ends(door.without_words(), whom, &words, (first, came)).await;
    }

    /// A form that was filled in. What is not understood is said in the form, which stays open.
    async fn submission(&self, whom: &Whom, sent: Submission, key: Option<String>, door: Door) {
        let speaker = self.speaker(&sent.user.id, team(&sent.user.team_id, &sent.team.id), &sent.user.name);
        let (first, words, speaker) = futures::join!(self.first(key), self.words(&sent.user.id), speaker);
        let id = &sent.view.callback_id;
        let (first, came) = match (first, form::command(id, sent.fields(), self.service.names())) {
            (Ok(None), _) => return door.tells(Ack::Repeat),
            (Err(no), _) => (None, Came::no(&no, &words)),
            (Ok(Some(first)), Some(Err(no))) => {
                // Where it took too long, the form is closed by now, and they are told outside of it.
                if door.says(misunderstood(&sent, &no, &words)).is_some() {
                    self.answers(whom, answer(&card::no(&no, &words), &words)).await;
                }
                return first.ends().await;
            }
            (Ok(Some(first)), Some(command)) => {
                let came = asking::carry_out(&first, speaker, command, &words).await;
                (Some(first), came)
            }
            (Ok(Some(first)), None) => {
                let (pressed, reason) = (button::decode_modal(id), form::reason_of(sent.fields()));
                let came = asking::press(&first, speaker, pressed, reason, &words).await;
                (Some(first), came)
            }
        };
        self.ends(door.without_words(), whom, &words, (first, came)).await;
    }

    /// Slash commands do not work in threads, and this does. Slack sends it again until it hears that it came: so what
    /// cannot be done now is done then, and nobody is told in between.
    async fn mention(&self, whom: &Whom, mention: Mention, key: Option<String>, door: Door) {
        let first = match self.first(key).await {
            Ok(Some(first)) => first,
            Ok(None) => return door.tells(Ack::Repeat),
            Err(_) => return door.tells(Ack::Busy),
        };
        let (user, team) = (&mention.user, &mention.team);
        let name = self.workspace.name_of(user);
        let (words, name, speaker) = futures::join!(self.words(user), name, self.speaker(user, team, ""));
        let speaker = speaker.map(|speaker| Speaker { name, ..speaker });
        let us = self.workspace.home_soon().await.map(|home| home.user.clone()).unwrap_or_default();
        let line = line_of("", &self.named(mrkdwn::said_to(&us, &mention.text)).await);
        let came = asking::carry_out(&first, speaker, self.read(&line), &words).await;
        if matches!(came, Came::ToNothing(_)) {
            return door.tells(Ack::Busy);
        }
        self.ends(door.without_words(), whom, &words, (Some(first), came)).await;
    }

    /// A text with the names of the people that it speaks of: Slack puts their ids in their place.
    async fn named(&self, text: &str) -> String {
        let ids = mrkdwn::people(text);
        let names = join_all(ids.iter().map(|id| self.workspace.name_of(id))).await;
        let mark =
            |(text, (id, name)): (String, (&&str, String))| text.replace(&format!("<@{id}>"), &format!("@{name}"));
        ids.iter().zip(names).fold(text.to_owned(), |text, one| mark((text, one)))
    }

    /// Acknowledges, and tells whoever did it what came of it.
    async fn ends(&self, door: Door, whom: &Whom, words: &Words, (first, came): (Option<First>, Came)) {
        let (card, first) = match came {
            Came::To(card) => (card, first),
            Came::ToNothing(card) => (card, None),
            Came::Before => return door.tells(Ack::Repeat),
        };
        let answers = async {
            if let Some(said) = door.says(answer(&card, words)) {
                self.answers(whom, said).await;
            }
        };
        let notes = async {
            if let Some(first) = first {
                first.ends().await;
            }
        };
        futures::join!(answers, notes);
    }

    /// That it has not come before: only then anything is done.
    async fn first(&self, key: Option<String>) -> Result<Option<First>, No> {
        First::take(&self.service, "slack", key).await
    }

    async fn words(&self, user: &str) -> Words {
        let zone = &self.service.config().time_zone;
        self.workspace.words_of(user).await.here(zone, self.clock.now()).that_stay()
    }

    fn read(&self, line: &str) -> Result<Command, No> {
        if line.is_empty() { Ok(Command::Help { command: None }) } else { command::parse(line, self.service.names()) }
    }

    /// The form of a command that takes a reason and was typed without.
    fn form_of(&self, line: &str, words: &Words) -> Option<Form> {
        let (spec, given) = command::without_reason(line, self.service.names())?;
        form::of_command(spec, &given, words)
    }

    async fn reason_form(&self, pressed: &Pressed, words: &Words) -> Form {
        /// What is left for opening the form of the time in which that can be done.
        const SPARE: Span = Span::seconds(1);
        let back = clock::timeout(&*self.clock, SPARE, form::way_back(pressed, &self.service)).await;
        form::of_press(pressed, back.flatten(), words)
    }

    /// Whether a form was opened. Slack does so for 3 seconds after what somebody did; then they are told.
    async fn opens(&self, form: &Form, place: &Place, trigger: &str, words: &Words) -> bool {
        const IN_TIME: Span = Span::seconds(3);
        let view = json!({ "trigger_id": trigger, "view": forms::modal(form, place, words) });
        let opened = clock::timeout(&*self.clock, IN_TIME, self.workspace.api.post("views.open", &view)).await;
        let opened = opened.unwrap_or(Err(Failure::Unreached("no answer in time")));
        opened.inspect_err(|failure| tracing::warn!(?failure, "a form could not be opened")).is_ok()
    }

    /// Who somebody is, by what Slack itself says with what they do. Who is of another workspace is nobody here, also in
    /// a channel that is shared with them.
    async fn speaker(&self, user: &str, team: &str, name: &str) -> Result<Speaker, No> {
        let home = self.workspace.home_soon().await.map_err(|failure| {
            tracing::warn!(?failure, "Slack does not say which workspace this is");
            No::new("workspace_unknown")
        })?;
        if team != home.team || user.is_empty() {
            return Err(No::new("other_workspace"));
        }
        let Membership { groups, unsure } = self.groups.of(user, &self.service.config().people).await;
        Ok(Speaker { identity: format!("slack:user:{user}"), name: name.to_owned(), also: groups, unsure })
    }
}

/// The workspace of a person, or the one that it happened in where theirs is not told.
fn team<'a>(own: &'a str, around: &'a str) -> &'a str {
    if own.is_empty() { around } else { own }
}

/// The line that was meant: `/deploy` and its sisters stand for themselves, any other command (`/shipgate`) for what is
/// typed behind it.
fn line_of(command: &str, text: &str) -> String {
    let text = mrkdwn::typed(text);
    let text = text.trim();
    if command.is_empty() || command::find(command).is_none() {
        return text.to_owned();
    }
    format!("{command} {text}").trim_end().to_owned()
}

/// What is wrong in a form, beside the field that it is about.
fn misunderstood(sent: &Submission, no: &No, words: &Words) -> Value {
    let meant = match no.code.as_str() {
        "bad_span" => "lasting",
        "unknown_environment" => "environment",
        "unknown_app" => "app",
        _ => form::REASON,
    };
    let there = |name: &str| sent.view.state.values.contains_key(name);
    let field = if there(meant) { meant } else { form::REASON };
    let page = card::no(no, words);
    let says = card::plain(&Card { footer: String::new(), ..page }, words);
    json!({ "response_action": "errors", "errors": { field: says } })
}
