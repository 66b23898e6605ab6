//! What the reader can do about what an environment waits for: one line for each gate, deployment, lock or halt, with the
//! commands that would be taken; where none would, why not, and whether waiting helps.

use super::{Mark, Row, help, parts};
use crate::command::{ALL, Given};
use crate::domain::{About, Deed, GateRule, Remedy, Standing};
use crate::view::{No, WhyView};
use crate::words::{NAME, Words, harmless};

/// The lines, under their heading.
pub(super) fn rows(view: &WhyView, words: &Words) -> Vec<Row> {
    let mut abouts: Vec<&About> = Vec::new();
    for remedy in &view.remedies {
        if !abouts.contains(&&remedy.about) {
            abouts.push(&remedy.about);
        }
    }
    let rows: Vec<Row> = abouts.iter().filter_map(|about| row(about, view, words)).collect();
    let heading = (!rows.is_empty()).then(|| Row::heading(words.get("why-can")));
    heading.into_iter().chain(rows).collect()
}

fn row(about: &About, view: &WhyView, words: &Words) -> Option<Row> {
    let own: Vec<&Remedy> = view.remedies.iter().filter(|remedy| remedy.about == *about).collect();
    let can: Vec<String> =
        own.iter().filter(|remedy| remedy.refusal.is_none()).map(|remedy| said(remedy, view, words)).collect();
    let text = title(about, words);
    if !can.is_empty() {
        let cannot = own.iter().filter_map(|remedy| no_way_back(remedy, view, words));
        return Some(Row::item(Mark::Asking, text, parts(&can.into_iter().chain(cannot).collect::<Vec<_>>())));
    }
    let first = own.first()?;
    // That one may not stop a deployment is no news where something else can be done or must be waited for.
    if matches!(about, About::Deployment(_)) && view.remedies.iter().any(|other| other.about != *about) {
        return None;
    }
    let waits = wait(first, view, words);
    let why_not = first.refusal.as_ref().filter(|_| first.deed != Deed::Override || waits.is_none());
    let why_not = why_not.map(|refusal| sentence(&No::from(refusal), words));
    Some(Row::item(Mark::Waiting, text, parts(&[why_not.unwrap_or_default(), waits.unwrap_or_default()])))
}

fn title(about: &About, words: &Words) -> String {
    match about {
        About::Gate(name) => harmless(name, NAME),
        About::Deployment(version) | About::Release(Some(version)) => harmless(version, NAME),
        About::Release(None) => words.get("remedy-about-release"),
        About::Lock => words.get("remedy-about-lock"),
        About::AppLock => words.get("remedy-about-app-lock"),
        About::Halt => words.get("remedy-about-halt"),
    }
}

/// Something that can be done, with what to type.
fn said(remedy: &Remedy, view: &WhyView, words: &Words) -> String {
    let (key, done) = (format!("remedy-{}", word(remedy.deed)), format!("remedy-{}-done", word(remedy.deed)));
    let key = if remedy.is_so && words.has(&done) { done } else { key };
    words.with(&key, &[("typed", &typed(remedy, view, words))])
}

/// Where people are needed, that going back is refused is as good to know as that what runs can be kept.
fn no_way_back(remedy: &Remedy, view: &WhyView, words: &Words) -> Option<String> {
    let refusal = remedy.refusal.as_ref().filter(|_| remedy.deed == Deed::Rollback)?;
    view.environment.stuck.as_ref().map(|_| no("remedy-rollback-no", &No::from(refusal), words))
}

/// What happened, and what to do: a no in one line.
fn sentence(refused: &No, words: &Words) -> String {
    no("remedy-no", refused, words)
}

fn no(key: &str, no: &No, words: &Words) -> String {
    let what = format!("refusal-{}", no.code);
    let next = format!("{what}-next");
    words.with(key, &[("what", &words.say(&what, &no.args)), ("said", &words.say(&next, &no.args))])
}

/// Where the clock, a check or another person opens a gate, waiting is all that it takes.
fn wait(remedy: &Remedy, view: &WhyView, words: &Words) -> Option<String> {
    let About::Gate(name) = &remedy.about else { return None };
    let is_for_people = matches!(remedy.deed, Deed::Approve | Deed::Confirm);
    let current = view.environment.current.as_ref()?;
    let rule = current.deployment.gates.iter().find(|gate| gate.gate.name == *name).map(|gate| &gate.gate.rule);
    if rule == Some(&GateRule::Hotfix) {
        return Some(words.get("remedy-wait-hotfix"));
    }
    let Standing { opens_at, .. } = current.gates.iter().find(|gate| gate.name == *name)?;
    match (is_for_people, opens_at) {
        (false, Some(at)) => Some(words.with("remedy-wait", &[("until", &at.0)])),
        (false, None) => Some(words.get("remedy-wait-check")),
        (true, _) => None,
    }
}

/// The command that does it. Keeping is pressed: there is no command for it.
pub(crate) fn typed(remedy: &Remedy, view: &WhyView, words: &Words) -> String {
    let e = &view.environment;
    let is_one_of_several = view
        .remedies
        .iter()
        .filter(|other| other.deed == remedy.deed && other.deed == Deed::Approve)
        .any(|other| other.about != remedy.about);
    let (mut version, mut gate) = (None, None);
    match &remedy.about {
        About::Gate(name) if remedy.deed != Deed::Approve || is_one_of_several => gate = Some(name.clone()),
        About::Release(named) => version.clone_from(named),
        _ => {}
    }
    let environment = if remedy.about == About::AppLock { ALL.to_owned() } else { e.name.clone() };
    let app = (!view.is_only_app).then(|| e.app.clone());
    let given = Given {
        environment: Some(environment),
        app,
        version,
        gate,
        next: remedy.deed == Deed::Next,
        ..Given::default()
    };
    let name = match remedy.deed {
        Deed::Take | Deed::Next => "lock",
        Deed::Deploy if !view.is_first => "promote",
        Deed::Keep => return String::new(),
        deed => word(deed),
    };
    help::typed(name, &given, words)
}

/// The stable word of a deed, which is that of its command where it has one.
const fn word(deed: Deed) -> &'static str {
    match deed {
        Deed::Approve => "approve",
        Deed::Confirm => "confirm",
        Deed::Override => "override",
        Deed::Abort => "abort",
        Deed::Rollback => "rollback",
        Deed::Keep => "keep",
        Deed::Unlock => "unlock",
        Deed::Next => "next",
        Deed::Take => "take",
        Deed::Resume => "resume",
        Deed::Deploy => "deploy",
        Deed::Hotfix => "hotfix",
        Deed::Unquarantine => "unquarantine",
    }
}
