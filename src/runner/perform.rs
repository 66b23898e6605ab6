//! One effect: the call to its adapter, and what its answer means for the effect.
//!
//! To add an effect: an arm in [`Desk::perform`] and a method beside the others.

use std::sync::Arc;

use super::aside::{Aside, Part, Waits};
use super::call::{Bounds, Called};
use super::flight::{Flight, Why};
use super::{Adapters, Deliver, Saying};
use crate::chat::{Again, Chat, ChatTrouble, Memory};
use crate::clock::SharedClock;
use crate::domain::{
    CardKey, CheckSpec, Effect, Ended, Event, Id, Moment, Note, Reading, Release, Span, Subject, TargetSpec, Verdict,
};
use crate::store::{Claimed, Store, StoreTrouble};
use crate::targets::{Order, Stop, Trouble};

/// Bounds of calls. A rollout's real bound is the plan's; this one only keeps a dead call from staying for ever.
const LOOK: Span = Span::minutes(1);
const ASK: Span = Span::minutes(1);
const ROLL_OUT: Span = Span::hours(6);
const CHAT: Span = Span::seconds(30);

/// How long until details that could not be told are tried again, if the chat names no time.
const DETAILS: Waits = Waits { first: Span::seconds(10), most: Span::minutes(1) };

/// How long until something is tried again that only people can mend: a token, a permission. Chats count such refusals,
/// and bar who makes too many. Younger cards wait for the oldest, so a card is tried more often than what belongs to it.
const MENDED: Waits = Waits { first: Span::minutes(1), most: Span::hours(4) };
const MENDED_CARD: Waits = Waits { first: Span::minutes(1), most: Span::minutes(15) };

/// How long people have to mend it once the deployment is over. After that there is nothing that anybody waits for.
const GIVE_UP: Span = Span::minutes(30);

/// How long a target may take to let go of its leases once it is told to stop.
const GRACE: Span = Span::seconds(20);

/// How long a deployment waits for a target that does not say what runs.
const LOOK_PATIENCE: Span = Span::minutes(2);

/// What to do with an effect after its call.
#[derive(Debug)]
pub(super) enum Next {
    /// Something happened: record it and put the effect down, in one commit.
    Deliver(Event),
    /// Nothing to record.
    Finish,
    /// Try it again later, and tell people.
    Retry { note: Note, after: Option<Span> },
    /// It is too early for it: it shall run then and not before, as if it had not begun.
    PutOff(Moment),
    /// It is done but for something beside it: it shall run then, or as soon as there is more to do.
    Resume(Moment),
    /// It was interrupted: it shall run again as if it had not begun.
    GiveBack,
    /// It is not ours any more.
    Nothing,
}

/// Where effects are performed.
pub(super) struct Desk {
    pub(super) store: Store,
    pub(super) clock: SharedClock,
    pub(super) deliver: Arc<dyn Deliver>,
    pub(super) adapters: Arc<dyn Adapters>,
    pub(super) aside: Aside,
}

/// A change that a target is asked for.
struct Change<'a> {
    target: &'a TargetSpec,
    deployment: &'a Id,
    attempt: u64,
    /// What shall run; none to go back.
    release: Option<&'a Release>,
}

/// What a target is asked.
struct Question<'a> {
    target: &'a TargetSpec,
    deployment: Option<&'a Id>,
    images: &'a [String],
    attempt: u64,
}

impl Desk {
    /// Performs an effect.
    pub(super) async fn perform(&self, claimed: &Claimed, flight: &Flight) -> Next {
        match &claimed.effect {
            Effect::Look { target, deployment, images, attempt } => {
                let (deployment, attempt) = (deployment.as_ref(), *attempt);
                self.look(claimed, flight, Question { target, deployment, images, attempt }).await
            }
            Effect::RollOut { target, deployment, attempt, release } => {
                let change = Change { target, deployment, attempt: *attempt, release: Some(release) };
                self.change(claimed, flight, change).await
            }
            Effect::Restore { target, deployment, attempt } => {
                let change = Change { target, deployment, attempt: *attempt, release: None };
                self.change(claimed, flight, change).await
            }
            Effect::Ask { subject, round, check } => self.ask(flight, subject, *round, check).await,
            Effect::Show { card } => self.show(claimed, flight, card).await,
            Effect::Say { .. } => self.say(claimed, flight).await,
        }
    }

    async fn look(&self, claimed: &Claimed, flight: &Flight, question: Question<'_>) -> Next {
        let Question { target: spec, deployment, images, attempt } = question;
        let failed = |note: Note| Next::Deliver(Event::LookFailed { deployment: deployment.cloned(), note });
        let target = match self.adapters.target(spec) {
            Ok(target) => target,
            Err(note) => return failed(note),
        };
        let bounds = Bounds { limit: LOOK, stop: &flight.stop, grace: Span(0) };
        let trouble = match bounds.call(&*self.clock, target.look(images)).await {
            Called::Answered(Ok(found)) => {
                return Next::Deliver(Event::Looked { deployment: deployment.cloned(), attempt, found });
            }
            Called::Answered(Err(trouble)) => trouble,
            Called::Dropped => return stopped(flight),
            gone => Trouble { note: gone.note(), again: true, after: None },
        };
        let now = self.clock.now();
        let too_long = claimed.troubled_since.is_some_and(|since| now.since(since) >= LOOK_PATIENCE);
        if !trouble.again || (too_long && deployment.is_some()) {
            return failed(trouble.note);
        }
        Next::Retry { note: trouble.note, after: trouble.after }
    }

    async fn change(&self, claimed: &Claimed, flight: &Flight, change: Change<'_>) -> Next {
        let ended = |ended: Ended| {
            let (deployment, attempt) = (change.deployment.clone(), change.attempt);
            Next::Deliver(Event::TargetEnded { deployment, attempt, ended })
        };
        let target = match self.adapters.target(change.target) {
            Ok(target) => target,
            Err(note) => return ended(Ended::Failed { note, untouched: claimed.tries == 1 }),
        };
        let order = match self.order(&change).await {
            Ok(order) => order,
            Err(trouble) => return Next::Retry { note: trouble.note(), after: None },
        };
        let place = (claimed.app.as_str(), claimed.environment.as_str());
        let journal = self.store.journal(place, change.deployment, change.attempt).under(&claimed.claim);
        let bounds = Bounds { limit: ROLL_OUT, stop: &flight.stop, grace: GRACE };
        let called = if change.release.is_some() {
            bounds.call(&*self.clock, target.roll_out(&order, &journal, &flight.stop)).await
        } else {
            bounds.call(&*self.clock, target.restore(&order, &journal, &flight.stop)).await
        };
        // Going back can be done again: until that has told how it ended, machines may not be as they seem, because a call
        // that was under way may arrive still.
        let again = change.release.is_none() && change.target.fenced;
        match called {
            Called::Answered(Ok(Ended::Unknown { note })) if again => Next::Retry { note, after: None },
            Called::Answered(Ok(how)) => ended(how),
            Called::Answered(Err(Stop::Cancelled)) | Called::Dropped => stopped(flight),
            Called::Answered(Err(Stop::Halted)) => ended(Ended::Halted),
            Called::Answered(Err(Stop::Fenced { newer })) => self.fenced(claimed, newer, ended).await,
            Called::Answered(Err(Stop::Trouble(trouble))) if trouble.again => {
                Next::Retry { note: trouble.note, after: trouble.after }
            }
            Called::Answered(Err(Stop::Trouble(trouble))) => {
                ended(Ended::Failed { note: trouble.note, untouched: false })
            }
            gone @ (Called::TooLong | Called::Broke) if again => Next::Retry { note: gone.note(), after: None },
            gone @ (Called::TooLong | Called::Broke) => ended(Ended::Unknown { note: gone.note() }),
        }
    }

    /// What the target is told. What a restore leaves is what its deployment brought.
    async fn order(&self, change: &Change<'_>) -> Result<Order, StoreTrouble> {
        let stored = self.store.deployment(change.deployment).await?.map(|stored| stored.deployment);
        let plan = stored.as_ref().and_then(|stored| stored.plan.as_ref());
        let found = plan.iter().flat_map(|plan| &plan.found).map(|machine| machine.digest.clone());
        let before = found.filter(|digest| !digest.is_empty()).collect();
        let text = || format!("there is no deployment {}", change.deployment);
        let release = change.release.cloned().or(stored.map(|stored| stored.release));
        let release = release.ok_or_else(|| StoreTrouble::Inconsistent { text: text() })?;
        Ok(Order { deployment: change.deployment.clone(), attempt: change.attempt, release, before })
    }

    /// A newer attempt has stamped the machines. If it is ours, this effect was cancelled and its end is nobody's
    /// business. If it is not, somebody else works on these machines, and people must hear of it.
    async fn fenced(&self, claimed: &Claimed, newer: u64, ended: impl FnOnce(Ended) -> Next) -> Next {
        let effect = &claimed.claim.effect;
        tracing::warn!(%effect, app = claimed.app, environment = claimed.environment, newer, "fenced off");
        match self.store.is_cancelled(&claimed.claim).await {
            Ok(Some(false)) => {
                let note = Note::new("runner-fenced").with("newer", newer);
                ended(Ended::Failed { note, untouched: false })
            }
            Ok(Some(true)) => Next::Finish,
            Ok(None) => Next::Nothing,
            Err(trouble) => Next::Retry { note: trouble.note(), after: None },
        }
    }

    async fn ask(&self, flight: &Flight, subject: &Subject, round: u32, spec: &CheckSpec) -> Next {
        let reading = match self.adapters.check(spec) {
            Err(note) => Reading { at: self.clock.now(), verdict: Verdict::Unknown, value: None, note },
            Ok(check) => {
                let bounds = Bounds { limit: ASK, stop: &flight.stop, grace: Span(0) };
                let called = bounds.call(&*self.clock, check.ask()).await;
                let at = self.clock.now();
                match called {
                    Called::Dropped => return stopped(flight),
                    Called::Answered(answer) => {
                        let value = answer.value.filter(|value| value.is_finite());
                        Reading { at, verdict: answer.verdict, value, note: answer.note }
                    }
                    gone => Reading { at, verdict: Verdict::Unknown, value: None, note: gone.note() },
                }
            }
        };
        Next::Deliver(Event::Answered { subject: subject.clone(), round, reading })
    }

    async fn show(&self, claimed: &Claimed, flight: &Flight, key: &CardKey) -> Next {
        let Some(chat) = self.adapters.chat(&claimed.chat) else { return no_chat(claimed) };
        let memory = self.store.memory(&claimed.chat);
        let place = (claimed.chat.clone(), Part::Card(key.clone()));
        match chat.ready_at(key, &memory).await {
            Ok(Some(at)) if at > self.clock.now() => return Next::PutOff(at),
            Ok(_) => {}
            Err(trouble) => return self.troubled(&place, key, trouble).await,
        }
        if let Some(at) = self.aside.until(&place, self.clock.now()) {
            return Next::Resume(at);
        }
        let card = match self.deliver.card(key, &chat.speaks()).await {
            Ok(Some(card)) => card,
            Ok(None) => return Next::Finish,
            Err(trouble) => return Next::Retry { note: trouble.note(), after: None },
        };
        let bounds = Bounds { limit: CHAT, stop: &flight.stop, grace: Span(0) };
        let shown = bounds.call(&*self.clock, chat.show(key, &card, &memory)).await;
        if !matches!(shown, Called::Answered(Ok(()))) {
            return self.chatted(flight, &place, key, shown).await;
        }
        self.aside.ends(&place);
        self.details(claimed, flight, &*chat, key).await
    }

    /// The card is painted. Details that are late must not hold up the next painting, as a retry would.
    async fn details(&self, claimed: &Claimed, flight: &Flight, chat: &dyn Chat, key: &CardKey) -> Next {
        let memory = self.store.memory(&claimed.chat);
        let place = (claimed.chat.clone(), Part::Details(key.clone()));
        if let Some(at) = self.aside.until(&place, self.clock.now()) {
            return Next::Resume(at);
        }
        let bounds = Bounds { limit: CHAT, stop: &flight.stop, grace: Span(0) };
        let told = match bounds.call(&*self.clock, self.tell(chat, key, &memory)).await {
            Called::Answered(Err(trouble)) if matches!(trouble.again, Again::Soon | Again::After(_)) => trouble,
            Called::TooLong => ChatTrouble { note: Called::<()>::TooLong.note(), again: Again::Soon },
            done => return self.chatted(flight, &place, key, done).await,
        };
        tracing::warn!(chat = claimed.chat, note = told.note.key, "details are not told yet; it is tried again");
        let (_, next) = self.aside.fails(&place, self.clock.now(), DETAILS);
        Next::Resume(if let Again::After(span) = told.again { self.clock.now().plus(span) } else { next })
    }

    /// Details come after the card: whoever reads them knows what they belong to.
    async fn tell(&self, chat: &dyn Chat, key: &CardKey, memory: &dyn Memory) -> Result<(), ChatTrouble> {
        let Some(after) = chat.told(key, memory).await? else { return Ok(()) };
        let details = self.deliver.details(key, after, &chat.speaks()).await;
        let unreadable = |trouble: StoreTrouble| ChatTrouble { note: trouble.note(), again: Again::Soon };
        let Some(details) = details.map_err(unreadable)? else { return Ok(()) };
        chat.tell(key, &details, memory).await?;
        // Files come last: they hold all that was told.
        if !details.is_over || !chat.wants_papers(key, memory).await? {
            return Ok(());
        }
        match self.deliver.papers(key, chat.speaks().language().code()).await.map_err(unreadable)? {
            Some(papers) => chat.hand_over(key, &papers, memory).await,
            None => Ok(()),
        }
    }

    async fn say(&self, claimed: &Claimed, flight: &Flight) -> Next {
        let Effect::Say { seq, card, call, channel } = &claimed.effect else { return Next::Finish };
        let Some(chat) = self.adapters.chat(&claimed.chat) else { return no_chat(claimed) };
        let place = (claimed.chat.clone(), Part::Message(claimed.claim.effect.clone()));
        let saying = Saying {
            key: &claimed.claim.effect,
            since: claimed.created_at,
            tries: claimed.tries,
            app: &claimed.app,
            environment: &claimed.environment,
            seq: *seq,
            card,
            call,
            channel: *channel,
            chat: &claimed.chat,
            words: &chat.speaks(),
        };
        let message = match self.deliver.message(saying).await {
            Ok(Some(message)) => message,
            Ok(None) => return Next::Finish,
            Err(trouble) => return Next::Retry { note: trouble.note(), after: None },
        };
        let memory = self.store.memory(&claimed.chat);
        let bounds = Bounds { limit: CHAT, stop: &flight.stop, grace: Span(0) };
        let said = bounds.call(&*self.clock, chat.say(&message, &memory)).await;
        self.chatted(flight, &place, card, said).await
    }

    /// What becomes of something that was shown or said in a chat, about a card.
    async fn chatted(
        &self,
        flight: &Flight,
        place: &(String, Part),
        card: &CardKey,
        called: Called<Result<(), ChatTrouble>>,
    ) -> Next {
        match called {
            Called::Answered(Ok(())) => {
                self.aside.ends(place);
                Next::Finish
            }
            Called::Answered(Err(trouble)) => self.troubled(place, card, trouble).await,
            Called::Dropped => stopped(flight),
            gone => Next::Retry { note: gone.note(), after: None },
        }
    }

    async fn troubled(&self, place: &(String, Part), card: &CardKey, trouble: ChatTrouble) -> Next {
        let note = trouble.note;
        match trouble.again {
            Again::Soon => Next::Retry { note, after: None },
            Again::After(span) => Next::Retry { note, after: Some(span) },
            Again::From(at) => Next::PutOff(at),
            Again::Never => {
                tracing::error!(chat = place.0, note = note.key, "the chat refuses this for good");
                self.aside.ends(place);
                Next::Finish
            }
            Again::OnceMended => {
                let now = self.clock.now();
                let waits = if matches!(place.1, Part::Card(_)) { MENDED_CARD } else { MENDED };
                let (since, next) = self.aside.fails(place, now, waits);
                if now.since(since) < GIVE_UP || !matches!(self.deliver.is_over(card).await, Ok(true)) {
                    return Next::Resume(next);
                }
                tracing::warn!(
                    chat = place.0,
                    note = note.key,
                    "nobody has mended this, and it is over: it is left out"
                );
                self.aside.ends(place);
                Next::Finish
            }
        }
    }
}

/// What becomes of an effect that was told to stop, by the reason.
fn stopped(flight: &Flight) -> Next {
    match flight.why() {
        Some(Why::Cancelled) => Next::Finish,
        Some(Why::Lost) => Next::Nothing,
        Some(Why::Shutdown) => Next::GiveBack,
        None => Next::Retry { note: Note::new("runner-stopped"), after: None },
    }
}

fn no_chat(claimed: &Claimed) -> Next {
    tracing::warn!(chat = claimed.chat, "something was to be shown in a chat that is not configured any more");
    Next::Finish
}
