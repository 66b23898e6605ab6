//! What a step gave, in lines.

use std::collections::BTreeMap;

use shipgate::domain::{
    Action, Call, Cancel, CardKey, Deployment, Effect, Environment, Facts, GateProgress, Id, Lock, Moment, Smoke, Span,
    Step, Subject, What, awaits, goes_back_to, may_be_snoozed, waits_for_people,
};

use super::setup;
use super::shell::Shell;

impl Shell {
    pub(super) fn describe(&mut self, step: &Step) -> Vec<String> {
        let mut lines = Vec::new();
        for entry in &step.events {
            let json = serde_json::to_value(entry).expect("entries are JSON");
            let kind = json["kind"].as_str().expect("a kind").to_owned();
            self.seen.insert(kind.clone());
            let by = entry.by.as_ref().map(|by| format!(" by {}", by.name)).unwrap_or_default();
            lines.push(format!("{kind}{by}{}{}", self.detail(&json["data"]), times(&entry.what)));
        }
        for d in &step.deployments {
            lines.push(state(d));
            self.seen.insert(word(d.phase));
            self.seen.extend(d.outcome.map(word));
        }
        if let Some(smoke) = &step.smoke {
            lines.push(smoked(smoke));
        }
        let shown = step.effects.iter().filter(|due| !matches!(due.effect, Effect::Show { .. }));
        lines.extend(shown.map(|due| format!("do {}{}", effect(&due.effect), later(due.at, self.facts.now))));
        lines.extend(step.wake_at.map(|at| format!("wakes{}", later(at, self.facts.now))));
        lines.extend(beside(step));
        lines
    }

    /// How each deployment stands for people, where that is new.
    pub(super) fn standings(&mut self) -> Vec<String> {
        let environment = &self.environment;
        let held = [&environment.current, &environment.queued, &environment.stuck];
        let held = held.into_iter().flatten().chain(self.closed.last());
        let all: Vec<(Id, String)> = held.map(|d| (d.id.clone(), standing(d, environment, &self.facts))).collect();
        let new = all.into_iter().filter(|(id, now)| self.told.insert(id.clone(), now.clone()).as_ref() != Some(now));
        new.map(|(id, now)| format!("{id}: {now}")).collect()
    }

    /// The telling part of an entry's data.
    fn detail(&mut self, data: &serde_json::Value) -> String {
        let mut parts: BTreeMap<&str, String> = BTreeMap::new();
        for key in ["gate", "gates", "outcome", "attempt", "adopted", "evidence", "rules", "version", "gone"] {
            if !data[key].is_null() {
                parts.insert(key, data[key].to_string().replace('"', ""));
            }
        }
        for (key, inner) in [("release", "version"), ("running", "version"), ("ended", "how"), ("cause", "why")] {
            if let Some(text) = data[key][inner].as_str() {
                self.seen.insert(format!("{inner}:{text}"));
                parts.insert(key, text.to_owned());
            }
        }
        if let Some(gone) = data["cause"]["gone"].as_array() {
            parts.insert("gone", serde_json::json!(gone).to_string().replace('"', ""));
        }
        for (key, value) in [
            ("verdict", &data["reading"]["verdict"]),
            ("barred", &data["quarantine"]["version"]),
            ("for", &data["lock"]["reason"]),
            ("for", &data["halt"]["reason"]),
        ] {
            if let Some(text) = value.as_str() {
                parts.insert(key, text.to_owned());
            }
        }
        parts.into_iter().map(|(key, value)| format!(" {key}={value}")).collect()
    }
}

/// What else came of a step: which cards are painted, what is dropped, what answers.
fn beside(step: &Step) -> Option<String> {
    let mut parts = Vec::new();
    let shown = step.effects.iter().filter_map(|due| match &due.effect {
        Effect::Show { card } => Some(card_id(card).0.as_str()),
        _ => None,
    });
    let shown: Vec<&str> = shown.collect();
    if !shown.is_empty() {
        parts.push(format!("shows {}", shown.join(" ")));
    }
    let dropped = step.cancels.iter().map(|cancel| match cancel {
        Cancel::Checks(id) => format!("checks of {id}"),
        Cancel::Look(id) => format!("look of {id}"),
        Cancel::Target => "target".to_owned(),
    });
    let dropped: Vec<String> = dropped.collect();
    if !dropped.is_empty() {
        parts.push(format!("drops {}", dropped.join(", ")));
    }
    parts.extend(step.answer.as_ref().map(|card| format!("answers {}", card_id(card))));
    (!parts.is_empty()).then(|| format!("and {}", parts.join("; ")))
}

const fn card_id(card: &CardKey) -> &Id {
    let (CardKey::Deployment(id) | CardKey::Smoke(id) | CardKey::Halt(id) | CardKey::Lock(id)) = card;
    id
}

fn smoked(smoke: &Smoke) -> String {
    let answered = smoke.checks.iter().map(|check| match &check.reading {
        Some(reading) => format!(" {}={}", check.name, word(reading.verdict)),
        None => format!(" {}", check.name),
    });
    let running = smoke.running.as_ref().map_or("nothing known", |release| &release.version);
    let ended = if smoke.closed_at.is_some() { " ended" } else { "" };
    format!("= {} smoke of {running}{ended}:{}", smoke.id, answered.collect::<String>())
}

/// Its gates, what people may do, and whether nobody else moves it.
fn standing(d: &Deployment, environment: &Environment, facts: &Facts) -> String {
    const ALL: [Action; 8] = [
        Action::Approve,
        Action::Reject,
        Action::Confirm,
        Action::Override,
        Action::Abort,
        Action::Rollback,
        Action::Keep,
        Action::Snooze,
    ];
    let gates: Vec<String> = d.gates.iter().map(gate).collect();
    let may: Vec<String> = ALL.into_iter().filter(|action| awaits(d, *action)).map(word).collect();
    let mut parts = vec![gates.join(" "), format!("may {}", may.join(" "))];
    parts.extend(waits_for_people(d, &facts.locks_now(), facts.halt_now()).then(|| "waits for people".to_owned()));
    parts.extend(may_be_snoozed(d, facts.now).then(|| "may be put off".to_owned()));
    let halted = facts.halt_now().is_some_and(|halt| halt.holds_up(d));
    parts.extend(halted.then(|| "held up by the halt".to_owned()));
    parts.extend(goes_back_to(d, environment, facts).map(|release| format!("back to {}", release.version)));
    parts.retain(|part| !part.is_empty() && part != "may ");
    parts.join("; ")
}

fn gate(gate: &GateProgress) -> String {
    let words: Vec<&str> = gate.words.iter().map(|word| word.by.name.as_str()).collect();
    let said = if words.is_empty() { String::new() } else { format!("({})", words.join(",")) };
    format!("{}={}{said}", gate.gate.name, word(gate.state))
}

fn word<T: serde::Serialize>(value: T) -> String {
    serde_json::to_value(value).expect("a word").as_str().expect("a word").to_owned()
}

fn state(d: &Deployment) -> String {
    let outcome = d.outcome.map(|outcome| format!("({})", word(outcome))).unwrap_or_default();
    let halted = if d.halted_at.is_some() { " halted" } else { "" };
    let snoozed = if d.snooze.is_some() { " snoozed" } else { "" };
    format!(
        "= {} {} {} {}{outcome} r{}{snoozed}{halted}",
        d.id,
        word(d.kind),
        d.release.version,
        word(d.phase),
        d.revision
    )
}

/// From when until when something is held or put off, and by whom.
fn times(what: &What) -> String {
    let until =
        |name: &str, at: Option<Moment>| at.map(|at| format!(" {name}={}", setup::clock(at))).unwrap_or_default();
    match what {
        What::Snoozed { until_at, decide_until_at, .. } => {
            until("until", Some(*until_at)) + &until("decide_until", *decide_until_at)
        }
        What::Locked { lock } => held(lock),
        What::Halted { halt } => until("since", Some(halt.at)) + &until("until", halt.expires_at),
        What::Reminded { snooze, decide_until_at, .. } => {
            format!(" of={}{}", snooze.by.name, until("decide_until", *decide_until_at))
        }
        _ => String::new(),
    }
}

fn held(lock: &Lock) -> String {
    let owner = lock.owner.as_ref().map_or("itself", |owner| &owner.name);
    let until = lock.expires_at.map(|at| format!(" until={}", setup::clock(at))).unwrap_or_default();
    let next: Vec<&str> = lock.next.iter().map(|who| who.name.as_str()).collect();
    let next = if next.is_empty() { String::new() } else { format!(" next={}", next.join(",")) };
    let reserved = if lock.reserved { " reserved" } else { "" };
    let over = lock.over.as_deref().map(|lock| format!(" over [{}]", held(lock).trim_start())).unwrap_or_default();
    format!(" of={owner} since={}{until}{next}{reserved}{over}", setup::clock(lock.at))
}

fn effect(effect: &Effect) -> String {
    match effect {
        Effect::Look { deployment, images, attempt, .. } => {
            let asked: Vec<String> = images.iter().map(|image| setup::version(image)).collect();
            let asked = if asked.is_empty() { String::new() } else { format!(" images={}", asked.join(",")) };
            let after = if *attempt > 0 { format!(" attempt={attempt}") } else { String::new() };
            format!("look {}{asked}{after}", deployment.as_ref().map_or("first", |id| &id.0))
        }
        Effect::RollOut { attempt, release, .. } => format!("roll out {} attempt={attempt}", release.version),
        Effect::Restore { attempt, .. } => format!("restore attempt={attempt}"),
        Effect::Ask { subject, round, .. } => {
            let (Subject::Gate { name, .. } | Subject::Rule { name, .. } | Subject::Smoke { name, .. }) = subject;
            format!("ask {name} round={round}")
        }
        Effect::Show { .. } => "show".to_owned(),
        Effect::Say { call, channel, seq, card } => {
            let call: Vec<String> = call
                .iter()
                .map(|call| match call {
                    Call::Group(group) => format!("group {group}"),
                    Call::Others { group, but } => {
                        let but: Vec<&str> = but.iter().map(|who| who.name.as_str()).collect();
                        format!("group {group} but {}", but.join(", "))
                    }
                    Call::Person(who) => who.name.clone(),
                    Call::Whoever(permission) => format!("whoever may {}", permission.word()),
                    Call::WhoeverElse { may, but } => {
                        let but: Vec<&str> = but.iter().map(|who| who.name.as_str()).collect();
                        format!("whoever may {} but {}", may.word(), but.join(", "))
                    }
                })
                .collect();
            format!("say {seq} of {} in {} to {}", card_id(card), word(*channel), call.join(", "))
        }
    }
}

fn later(at: Moment, now: Moment) -> String {
    match at.since(now) {
        Span(0) => String::new(),
        Span(ms) if ms % 1_000 == 0 => format!(" in {} s", ms / 1_000),
        Span(ms) => format!(" in {}.{:03} s", ms / 1_000, ms % 1_000),
    }
}
