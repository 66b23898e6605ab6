//! One effect: the call to its adapter, and what its answer means for the effect.
//!
//! To add an effect: an arm in [`Desk::perform`] and a method beside the others.

use std::sync::Arc;

use super::call::{Bounds, Called};
use super::flight::{Flight, Why};
use super::{Adapters, Deliver, Saying};
use crate::chat::{Chat, ChatTrouble, Memory};
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
const DETAILS: Span = Span::seconds(10);

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
        match chat.ready_at(key, &memory).await {
            Ok(Some(at)) if at > self.clock.now() => return Next::PutOff(at),
            Ok(_) => {}
            Err(trouble) => return Next::Retry { note: trouble.note, after: trouble.after },
        }
        let card = match self.deliver.card(key, chat.locale()).await {
            Ok(Some(card)) => card,
            Ok(None) => return Next::Finish,
            Err(trouble) => return Next::Retry { note: trouble.note(), after: None },
        };
        let bounds = Bounds { limit: CHAT, stop: &flight.stop, grace: Span(0) };
        let shown = bounds.call(&*self.clock, chat.show(key, &card, &memory)).await;
        if !matches!(shown, Called::Answered(Ok(()))) {
            return chatted(claimed, flight, shown);
        }
        let told = match bounds.call(&*self.clock, self.tell(&*chat, key, &memory)).await {
            Called::Answered(Err(trouble)) if trouble.again => trouble,
            Called::TooLong => ChatTrouble { note: Called::<()>::TooLong.note(), again: true, after: None },
            done => return chatted(claimed, flight, done),
        };
        // The card is painted. Details that are late must not hold up the next painting, as a retry would.
        tracing::warn!(chat = claimed.chat, note = told.note.key, "details are not told yet; it is tried again");
        Next::Resume(self.clock.now().plus(told.after.unwrap_or(DETAILS)))
    }

    /// Details come after the card: whoever reads them knows what they belong to.
    async fn tell(&self, chat: &dyn Chat, key: &CardKey, memory: &dyn Memory) -> Result<(), ChatTrouble> {
        let Some(after) = chat.told(key, memory).await? else { return Ok(()) };
        let details = self.deliver.details(key, after, chat.locale()).await;
        let unreadable = |trouble: StoreTrouble| ChatTrouble { note: trouble.note(), again: true, after: None };
        let Some(details) = details.map_err(unreadable)? else { return Ok(()) };
        chat.tell(key, &details, memory).await?;
        // Files come last: they hold all that was told.
        if !details.is_over || !chat.wants_papers(key, memory).await? {
            return Ok(());
        }
        match self.deliver.papers(key, chat.locale()).await.map_err(unreadable)? {
            Some(papers) => chat.hand_over(key, &papers, memory).await,
            None => Ok(()),
        }
    }

    async fn say(&self, claimed: &Claimed, flight: &Flight) -> Next {
        let Effect::Say { seq, card, call, channel } = &claimed.effect else { return Next::Finish };
        let Some(chat) = self.adapters.chat(&claimed.chat) else { return no_chat(claimed) };
        let saying = Saying {
            key: &claimed.claim.effect,
            app: &claimed.app,
            environment: &claimed.environment,
            seq: *seq,
            card,
            call,
            channel: *channel,
            chat: &claimed.chat,
            locale: chat.locale(),
        };
        let message = match self.deliver.message(saying).await {
            Ok(Some(message)) => message,
            Ok(None) => return Next::Finish,
            Err(trouble) => return Next::Retry { note: trouble.note(), after: None },
        };
        let memory = self.store.memory(&claimed.chat);
        let bounds = Bounds { limit: CHAT, stop: &flight.stop, grace: Span(0) };
        chatted(claimed, flight, bounds.call(&*self.clock, chat.say(&message, &memory)).await)
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

fn chatted(claimed: &Claimed, flight: &Flight, called: Called<Result<(), ChatTrouble>>) -> Next {
    match called {
        Called::Answered(Ok(())) => Next::Finish,
        Called::Answered(Err(trouble)) if trouble.again => Next::Retry { note: trouble.note, after: trouble.after },
        Called::Answered(Err(trouble)) => {
            tracing::error!(chat = claimed.chat, note = trouble.note.key, "the chat refuses this for good");
            Next::Finish
        }
        Called::Dropped => stopped(flight),
        gone => Next::Retry { note: gone.note(), after: None },
    }
}
