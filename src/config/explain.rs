//! Who may do what, as `shipgate check` tells it, and the gates that nobody, or nothing, could ever pass.
//!
//! What the chats know (a role, a chat group) may hold anybody, so it never makes a gate impossible here.

use std::collections::BTreeSet;

use super::{App, Config, EVERYONE, Environment, People};
use crate::domain::{Gate, GateRule, Moment, Note, Permission, opens_in_sight};

/// Who may do what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// Each permission, in the order of [`Permission::ALL`].
    pub permissions: Vec<Granted>,
    /// Each environment, in the order of the file.
    pub environments: Vec<Needs>,
    /// What the file allows to say but nobody can have meant.
    pub warnings: Vec<Note>,
}

/// Who has a permission.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Granted {
    /// Which.
    pub permission: Permission,
    /// The groups; none means nobody.
    pub groups: Vec<String>,
    /// The people and identities in them, and what the chats know.
    pub people: Vec<String>,
    /// Whether the file names it; otherwise this is the default.
    pub named: bool,
}

/// What a deployment into an environment needs from people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Needs {
    /// The app.
    pub app: String,
    /// The environment.
    pub environment: String,
    /// What one must be permitted to begin it.
    pub permission: Permission,
    /// The gates that people decide, in order.
    pub asked: Vec<Asked>,
    /// How many people it takes to pass a gate over.
    pub override_by: u32,
}

/// A gate that people decide.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The gate.
    pub gate: String,
    /// The group.
    pub from: String,
    /// How many of them.
    pub count: u32,
}

/// Works out who may do what, and what can never work from a moment on.
#[must_use]
pub fn explain(config: &Config, now: Moment) -> Explanation {
    let people = &config.people;
    let (mut environments, mut gates) = (Vec::new(), Vec::new());
    for app in &config.apps {
        for (index, environment) in app.environments.iter().enumerate() {
            let permission = if index == 0 { Permission::Deploy } else { Permission::Promote };
            gates.extend(warn(people, app, environment, permission));
            gates.extend(in_vain(app, environment, now));
            environments.push(needs(app, environment, permission));
        }
    }
    let begun = environments.iter().map(|needs| needs.permission);
    // Approving is looked at gate by gate, and so is overriding where it takes several.
    let always = Permission::ALL
        .into_iter()
        .filter(|p| !matches!(p, Permission::Deploy | Permission::Promote | Permission::Approve));
    let needed: BTreeSet<_> = begun.chain(always).collect();
    let held_by_nobody = needed.into_iter().filter(|permission| Crowd::with(people, *permission).is_nobody());
    let warning = |permission: Permission| Note::new("explain-nobody-may").with("key", permission.word());
    let warnings = held_by_nobody.map(warning).chain(unknown_to_all(config)).chain(gates).collect();
    Explanation { permissions: Permission::ALL.map(|p| granted(people, p)).to_vec(), environments, warnings }
}

fn granted(people: &People, permission: Permission) -> Granted {
    let groups = people.groups_that_may(permission);
    let members = groups.iter().flat_map(|group| people.groups.get(group).into_iter().flatten());
    let members: BTreeSet<_> = members.cloned().collect();
    let named = people.permissions.contains_key(&permission);
    Granted { permission, groups, people: members.into_iter().collect(), named }
}

fn needs(app: &App, environment: &Environment, permission: Permission) -> Needs {
    let asked = |gate: &Gate| {
        let (from, count) = match &gate.rule {
            GateRule::Approval { from, count, .. } => (from, *count),
            GateRule::Confirm { from, .. } => (from, 1),
            _ => return None,
        };
        Some(Asked { gate: gate.name.clone(), from: from.clone(), count })
    };
    let gates = environment.policy.before.iter().chain(&environment.policy.after);
    let asked = gates.filter_map(asked).collect();
    let (app, override_by) = (app.name.clone(), environment.policy.override_by);
    Needs { app, environment: environment.name.clone(), permission, asked, override_by }
}

/// What in an environment nobody could decide: its gates, a second word to an override, a watch that cannot tell.
fn warn(people: &People, app: &App, environment: &Environment, permission: Permission) -> Vec<Note> {
    let askers = Crowd::with(people, permission);
    let gates = environment.policy.before.iter().chain(&environment.policy.after);
    let warning = |gate: &Gate| {
        let (key, from, count) = impossible(people, &gate.rule, &askers)?;
        let note = Note::new(key).with("app", &app.name).with("environment", &environment.name);
        Some(note.with("gate", &gate.name).with("group", from).with("count", count))
    };
    let about = |key: &str| Note::new(key).with("app", &app.name).with("environment", &environment.name);
    let needed = environment.policy.override_by;
    let most = Crowd::with(people, Permission::Override).at_most().filter(|most| *most > 0 && *most < needed);
    let too_few = most.map(|most| about("explain-too-few-override").with("count", needed).with("most", most));
    let asked = environment.policy.watch.as_ref().map(|watch| &watch.inconclusive.ask);
    let unheard = asked.filter(|group| Crowd::of(people, group).is_nobody());
    let unheard = unheard.map(|group| about("explain-nobody-decides").with("group", group));
    gates.filter_map(warning).chain(too_few).chain(unheard).collect()
}

/// Gates that the clock never opens, or opens after a deployment has given up.
fn in_vain<'a>(app: &'a App, environment: &'a Environment, now: Moment) -> impl Iterator<Item = Note> + 'a {
    let policy = &environment.policy;
    policy.before.iter().filter_map(move |gate| {
        let about = |key: &str| {
            let note = Note::new(key).with("app", &app.name).with("environment", &environment.name);
            note.with("gate", &gate.name)
        };
        match gate.rule {
            GateRule::Soak(soak) if soak >= policy.give_up => {
                Some(about("explain-soak-too-long").with("soak_span", soak.0).with("give_up_span", policy.give_up.0))
            }
            _ => (!opens_in_sight(&gate.rule, now)).then(|| about("explain-never-open")),
        }
    })
}

/// Groups that only a chat knows who is in, where there is no such chat.
fn unknown_to_all(config: &Config) -> impl Iterator<Item = Note> {
    config.people.groups.iter().filter_map(|(group, members)| {
        let is_dark = |member: &String| {
            member.starts_with("discord:role:") && config.discord.is_none()
                || member.starts_with("slack:group:") && config.slack.is_none()
        };
        let example = members.first().filter(|_| members.iter().all(is_dark))?;
        let section = example.split(':').next().unwrap_or_default();
        Some(Note::new("explain-no-chat").with("group", group).with("member", example).with("section", section))
    })
}

/// Why a gate could not be passed, with its group and how many of them it wants.
fn impossible<'a>(people: &People, rule: &'a GateRule, askers: &Crowd) -> Option<(&'static str, &'a str, u32)> {
    match rule {
        GateRule::Confirm { from, .. } => {
            Crowd::of(people, from).is_nobody().then_some(("explain-nobody-confirms", from.as_str(), 1))
        }
        GateRule::Approval { from, count, not_requester, .. } => {
            let approvers = Crowd::of(people, from).and(&Crowd::with(people, Permission::Approve));
            let key = match approvers.at_most()? {
                0 => "explain-nobody-approves",
                most if most < *count => "explain-too-few-approve",
                // Whoever asks is one less.
                most if *not_requester && most == *count && approvers.meets(askers) => "explain-own-request",
                _ => return None,
            };
            Some((key, from, *count))
        }
        _ => None,
    }
}

/// Who could be meant: certain people, and perhaps others that only a chat knows.
struct Crowd {
    known: BTreeSet<String>,
    open: bool,
}

impl Crowd {
    fn of(people: &People, group: &str) -> Self {
        let members = people.groups.get(group).map_or(&[] as &[String], Vec::as_slice);
        let is_role = |member: &String| member.starts_with("discord:role:") || member.starts_with("slack:group:");
        let human = |member: &String| people.who(member, "").person.unwrap_or_else(|| member.clone());
        let known = members.iter().filter(|member| !is_role(member)).map(human).collect();
        Self { known, open: group == EVERYONE || members.iter().any(is_role) }
    }

    fn with(people: &People, permission: Permission) -> Self {
        let groups = people.groups_that_may(permission);
        groups.iter().map(|group| Self::of(people, group)).fold(
            Self { known: BTreeSet::new(), open: false },
            |mut all, one| {
                all.known.extend(one.known);
                all.open |= one.open;
                all
            },
        )
    }

    /// Those who could be in both: a known one could be in the other's unknown part too.
    fn and(&self, other: &Self) -> Self {
        let here = self.known.iter().filter(|one| other.open || other.known.contains(*one));
        let there = other.known.iter().filter(|one| self.open || self.known.contains(*one));
        Self { known: here.chain(there).cloned().collect(), open: self.open && other.open }
    }

    fn meets(&self, other: &Self) -> bool {
        let both = self.and(other);
        both.open || !both.known.is_empty()
    }

    fn is_nobody(&self) -> bool {
        self.at_most() == Some(0)
    }

    /// How many there are; none where a chat may know more.
    fn at_most(&self) -> Option<u32> {
        (!self.open).then(|| u32::try_from(self.known.len()).unwrap_or(u32::MAX))
    }
}
