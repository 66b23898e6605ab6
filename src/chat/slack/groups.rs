//! Who is in the user groups that the config names.
//!
//! Slack is asked for one group at a time, once for everybody who waits, and its answer is kept for a while. Slack also
//! tells when a group changes: who was taken out is out at once, and the rest is asked anew. Where Slack does not say,
//! what was known counts for an hour at the most; then nobody is known to be in the group, and nobody not to be.
//!
//! <https://docs.slack.dev/reference/methods/usergroups.users.list>, about 20 calls a minute.
//!
//! Not here: what a group may do.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures::future::join_all;
use serde_json::Value;
use tokio::sync::watch;

use super::api::Failure;
use super::incoming::GroupChange;
use super::workspace::Workspace;
use crate::chat::tasks::Tasks;
use crate::clock;
use crate::config::People;
use crate::domain::{Moment, Span};

/// For how long an answer is not asked for again, and for how long it counts where there is no newer one.
const FRESH: Span = Span::minutes(5);
const COUNTS: Span = Span::hours(1);

/// How long an answer to a person waits for Slack's: it has 3 seconds in all.
const SPARE: Span = Span(700);

/// How long Slack is left alone when it did not say.
const PAUSE: Span = Span::seconds(10);

/// How often a group is asked for in one go, where it changes meanwhile.
const ROUNDS: u32 = 3;

/// How the config writes a user group.
const PREFIX: &str = "slack:group:";

/// The groups, by their ids, as far as anybody has asked.
pub(super) struct Groups {
    workspace: Arc<Workspace>,
    tasks: Tasks,
    known: Mutex<BTreeMap<String, Arc<Group>>>,
}

/// What is known of a person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Membership {
    /// The groups that they are in, as the config writes them.
    pub(super) groups: Vec<String>,
    /// Whether it is not known of every group.
    pub(super) unsure: bool,
}

struct Group {
    id: String,
    state: Mutex<State>,
    /// Rings when Slack was asked.
    asked: watch::Sender<()>,
}

#[derive(Debug, Default)]
struct State {
    /// Who is in it, and as of when.
    members: Option<(BTreeSet<String>, Moment)>,
    /// How many changes Slack has told of, and how many of them the members show.
    changes: u64,
    shown: u64,
    is_asking: bool,
    /// Until when Slack is left alone.
    not_before: Option<Moment>,
}

impl Groups {
    pub(super) fn new(workspace: &Arc<Workspace>, tasks: &Tasks) -> Arc<Self> {
        let (workspace, tasks) = (Arc::clone(workspace), tasks.clone());
        Arc::new(Self { workspace, tasks, known: Mutex::default() })
    }

    /// Which of the groups that the config names a person is in.
    pub(super) async fn of(&self, user: &str, people: &People) -> Membership {
        let named: BTreeSet<&String> = people.groups.values().flatten().filter(|m| m.starts_with(PREFIX)).collect();
        let answers = join_all(named.iter().map(|name| async {
            let group = self.group(name.trim_start_matches(PREFIX));
            self.has(&group, user).await
        }));
        let mut membership = Membership::default();
        for (name, is_in) in named.iter().zip(answers.await) {
            membership.unsure |= is_in.is_none();
            membership.groups.extend(is_in.unwrap_or(false).then(|| (*name).clone()));
        }
        membership
    }

    /// Slack says that a group has changed.
    pub(super) fn hears(&self, change: &GroupChange) {
        let group = self.known.lock().unwrap_or_else(PoisonError::into_inner).get(&change.id).cloned();
        let Some(group) = group else { return };
        group.hears(change, self.workspace.clock.now());
        self.asks(&group);
    }

    fn group(&self, id: &str) -> Arc<Group> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let new = || Group { id: id.to_owned(), state: Mutex::default(), asked: watch::Sender::new(()) };
        Arc::clone(known.entry(id.to_owned()).or_insert_with(|| Arc::new(new())))
    }

    /// Whether a person is in a group; none where that is not known.
    async fn has(&self, group: &Arc<Group>, user: &str) -> Option<bool> {
        let clock = &*self.workspace.clock;
        let mut asked = group.asked.subscribe();
        self.asks(group);
        if group.state().is_asking {
            clock::timeout(clock, SPARE, asked.changed()).await;
        }
        group.has(user, clock.now())
    }

    /// Asks Slack, if that is needed and nobody does. It goes on by itself, whoever gives up waiting.
    fn asks(&self, group: &Arc<Group>) {
        if !group.begins(self.workspace.clock.now()) {
            return;
        }
        let (workspace, group) = (Arc::clone(&self.workspace), Arc::clone(group));
        self.tasks.spawn(async move {
            for _ in 0..ROUNDS {
                let (at, changes) = (workspace.clock.now(), group.state().changes);
                let answer = workspace.api.get("usergroups.users.list", &[("usergroup", &group.id)]).await;
                group.learns(answer.and_then(|answer| members(&answer)), changes, at, workspace.clock.now());
                if !group.wants(workspace.clock.now()) {
                    break;
                }
            }
            group.state().is_asking = false;
            group.asked.send_replace(());
        });
    }
}

impl Group {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn has(&self, user: &str, now: Moment) -> Option<bool> {
        let state = self.state();
        let (members, at) = state.members.as_ref()?;
        (now.since(*at) < COUNTS).then(|| members.contains(user))
    }

    /// Whether Slack is to be asked.
    fn wants(&self, now: Moment) -> bool {
        let state = self.state();
        let is_fresh = state.members.as_ref().is_some_and(|(_, at)| now.since(*at) < FRESH);
        let may = state.not_before.is_none_or(|moment| moment <= now);
        may && (!is_fresh || state.changes != state.shown)
    }

    /// Whether whoever calls this is to ask Slack now.
    fn begins(&self, now: Moment) -> bool {
        let wants = self.wants(now);
        let mut state = self.state();
        let begins = wants && !state.is_asking;
        state.is_asking |= begins;
        begins
    }

    /// What Slack says when it is asked, with the changes that were told before.
    fn learns(&self, answer: Result<BTreeSet<String>, Failure>, changes: u64, at: Moment, now: Moment) {
        let mut state = self.state();
        let members = match answer {
            // Of a group that was deactivated or is none: nobody is in it.
            Err(failure) if failure.word() == Some("no_such_subteam") => {
                tracing::warn!(group = self.id, "Slack has no such user group, or it is deactivated: nobody is in it");
                BTreeSet::new()
            }
            Err(failure) => {
                let pause = if let Failure::Limited(after) = failure { after } else { PAUSE };
                state.not_before = Some(now.plus(pause));
                tracing::warn!(
                    group = self.id,
                    ?failure,
                    "Slack does not say who is in a user group; the app needs the scope usergroups:read for that"
                );
                return;
            }
            Ok(members) => members,
        };
        state.not_before = None;
        // An answer that a change has overtaken may show it or not.
        if state.changes == changes {
            (state.members, state.shown) = (Some((members, at)), changes);
        }
    }

    fn hears(&self, change: &GroupChange, now: Moment) {
        let mut state = self.state();
        state.changes += 1;
        match (&change.removed, &mut state.members) {
            _ if change.is_gone => state.members = Some((BTreeSet::new(), now)),
            (Some(removed), Some((members, _))) => members.retain(|member| !removed.contains(member)),
            _ => state.members = None,
        }
    }
}

/// The members in an answer. One that does not list them says nothing.
fn members(answer: &Value) -> Result<BTreeSet<String>, Failure> {
    let users = answer["users"].as_array().ok_or(Failure::Unreached("an answer that does not say who is in it"))?;
    Ok(users.iter().filter_map(Value::as_str).map(str::to_owned).collect())
}
