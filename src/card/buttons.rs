//! What can be pressed on a deployment's card: what makes sense now, and only that.
//!
//! Who may press is not judged here: the same card is painted for everybody, and the core refuses.

use super::now::{next_environment, waits_for_people};
use super::{Button, ButtonStyle, Press};
use crate::domain::{Action, Deployment, Gate, GateRule, GateState, Kind, Outcome, Phase, When, may_be_snoozed};
use crate::view::DeploymentView;
use crate::words::{NAME, Words, harmless};

/// The buttons, the expected one first.
pub(super) fn of(view: &DeploymentView, words: &Words) -> Vec<Button> {
    let face = Face { view, words, english: &Words::new("en") };
    let d = &view.deployment;
    match (d.phase, d.outcome) {
        (Phase::Queued, _) => vec![face.act("button-abort", Action::Abort, ButtonStyle::Danger)],
        (Phase::Entering, _) => face.entering(),
        (Phase::Watching, _) if d.undecided_until.is_some() => {
            let keep = face.act("button-keep", Action::Keep, ButtonStyle::Primary);
            let back = face.act("button-roll-back", Action::Rollback, ButtonStyle::Danger);
            [keep, back].into_iter().chain(face.snooze()).collect()
        }
        (Phase::RollingOut | Phase::Verifying | Phase::Watching, _) => face.under_way(),
        (Phase::Closed, Some(Outcome::Succeeded)) if view.is_running => face.succeeded(),
        (Phase::Closed, Some(Outcome::NeedsPeople)) if view.is_stuck => face.needs_people(),
        (Phase::RollingBack | Phase::Closed, _) => Vec::new(),
    }
}

struct Face<'a> {
    view: &'a DeploymentView,
    words: &'a Words,
    english: &'a Words,
}

impl Face<'_> {
    fn entering(&self) -> Vec<Button> {
        let mut buttons = Vec::new();
        if waits_for_people(self.view) {
            let approvals = self.open(When::Before, |rule| matches!(rule, GateRule::Approval { .. }));
            buttons.extend(self.for_gates(&approvals, "button-approve", Action::Approve));
            if !approvals.is_empty() {
                buttons.push(self.act("button-reject", Action::Reject, ButtonStyle::Danger));
            }
            buttons.extend(self.confirms(When::Before));
        }
        buttons.extend(self.snooze());
        buttons.push(self.act("button-abort", Action::Abort, ButtonStyle::Danger));
        buttons
    }

    /// Once something may be touched, stopping it is going back. A rollback itself is not stopped.
    fn under_way(&self) -> Vec<Button> {
        let d = &self.view.deployment;
        let mut buttons = if d.phase == Phase::Verifying { self.confirms(When::After) } else { Vec::new() };
        buttons.extend(self.snooze());
        if d.kind != Kind::Rollback {
            buttons.push(self.act("button-roll-back", Action::Abort, ButtonStyle::Danger));
        }
        buttons
    }

    fn succeeded(&self) -> Vec<Button> {
        let d = &self.view.deployment;
        let mut buttons = Vec::new();
        if let Some(next) = next_environment(self.view) {
            let press = Press::Promote {
                deployment: d.id.clone(),
                app: d.app.clone(),
                environment: next.clone(),
                version: d.release.version.clone(),
            };
            buttons.push(self.button("button-promote", None, ButtonStyle::Primary, press));
        }
        if d.from.is_some() && d.kind != Kind::Rollback {
            buttons.push(self.act("button-roll-back", Action::Rollback, ButtonStyle::Danger));
        }
        buttons
    }

    fn needs_people(&self) -> Vec<Button> {
        let back = || self.act("button-go-back-anyway", Action::Rollback, ButtonStyle::Danger);
        let mut buttons: Vec<Button> = self.view.deployment.way_back().map(|_| back()).into_iter().collect();
        buttons.push(self.act("button-keep", Action::Keep, ButtonStyle::Secondary));
        buttons
    }

    /// What can be put off while people are awaited.
    fn snooze(&self) -> Option<Button> {
        let awaited = self.view.unfit.is_none() && may_be_snoozed(&self.view.deployment, self.view.now);
        awaited.then(|| self.act("button-snooze", Action::Snooze, ButtonStyle::Secondary))
    }

    fn confirms(&self, when: When) -> Vec<Button> {
        let items = self.open(when, |rule| matches!(rule, GateRule::Confirm { .. }));
        self.for_gates(&items, "button-confirm", Action::Confirm)
    }

    /// The gates of a sort that wait for a word.
    fn open(&self, when: When, sort: impl Fn(&GateRule) -> bool) -> Vec<&Gate> {
        let waits = |name: &str| {
            self.view.gates.iter().any(|g| g.name == name && g.when == when && g.state == GateState::Waiting)
        };
        let planned: &Deployment = &self.view.deployment;
        let gates = planned.gates.iter().filter(|g| g.when == when).map(|g| &g.gate);
        gates.filter(|gate| sort(&gate.rule) && waits(&gate.name)).collect()
    }

    /// One button for each gate; it says which where there are several.
    fn for_gates(&self, gates: &[&Gate], key: &str, action: Action) -> Vec<Button> {
        let button = |gate: &&Gate| {
            let name = (gates.len() > 1).then(|| harmless(&gate.name, NAME));
            let press = self.press(action, Some(gate.name.clone()));
            self.button(key, name, ButtonStyle::Primary, press)
        };
        gates.iter().map(button).collect()
    }

    fn act(&self, key: &str, action: Action, style: ButtonStyle) -> Button {
        self.button(key, None, style, self.press(action, None))
    }

    fn press(&self, action: Action, gate: Option<String>) -> Press {
        let d = &self.view.deployment;
        let goes_back = match action {
            Action::Abort => !matches!(d.phase, Phase::Queued | Phase::Entering),
            _ => action == Action::Rollback,
        };
        Press::Act { deployment: d.id.clone(), action, gate, revision: d.revision, goes_back }
    }

    fn button(&self, key: &str, which: Option<String>, style: ButtonStyle, press: Press) -> Button {
        let label = |words: &Words| match &which {
            Some(which) => words.with("button-which", &[("button", &words.get(key)), ("which", which)]),
            None => words.get(key),
        };
        Button { label: label(self.words), english: label(self.english), style, press }
    }
}
