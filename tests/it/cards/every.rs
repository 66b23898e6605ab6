//! Every phase and outcome of a deployment, each with a name: what the sheets of cards show.

use shipgate::domain::{
    Breach, Cause, Deployment, Gate, GateProgress, GateRule, GateState, Id, Kind, Moment, Note, Outcome, Phase,
    Refusal, Snooze, Span, Verdict, When,
};
use shipgate::targets::Stage;
use shipgate::view::DeploymentView;

use super::given::{ASKED, NOW, breach, closed, deployment, machines, reading, release, rules, untouched, view, who};

/// Every phase and outcome, each with a name.
pub(super) fn every() -> Vec<(&'static str, DeploymentView)> {
    [before_the_rollout(), under_way(), ended(), ended_badly()].concat()
}

fn before_the_rollout() -> Vec<(&'static str, DeploymentView)> {
    let mut behind = view(deployment(Phase::Queued));
    behind.behind = Some((Id("x".to_owned()), "v1.9".to_owned()));
    behind.deployment.reason = Some("the sale\nstarts \u{202e}at noon".to_owned());

    let mut soaking = view(deployment(Phase::Entering));
    soaking.gates[3].opens_at = Some(Moment(NOW.0 + 270_000));
    soaking.gates[2].state = GateState::Passed;

    let mut asked = view(Deployment { asked_at: Some(NOW), ..deployment(Phase::Entering) });
    asked.gates[2].state = GateState::Passed;
    asked.gates[3].state = GateState::Passed;
    asked.deployment.plan.as_mut().expect("a plan").one_way = vec!["v2".to_owned()];

    let mut barred = asked.clone();
    let (asked_for, environment) = ("v2".to_owned(), "staging".to_owned());
    barred.unfit = Some(Refusal::Quarantined { version: asked_for.clone(), asked: asked_for, environment, at: ASKED });

    let mut snoozed = asked.clone();
    snoozed.deployment.snooze = Some(snooze());

    let mut shut = view(deployment(Phase::Entering));
    shut.gates[2].opens_at = Some(Moment(NOW.0 + 66_600_000));
    shut.gates[3].state = GateState::Passed;
    shut.lock = Some(shipgate::domain::Lock {
        owner: Some(who("cy")),
        reason: "database work".to_owned(),
        at: ASKED,
        expires_at: None,
        ..shipgate::domain::Lock::default()
    });
    vec![
        ("queued", view(deployment(Phase::Queued))),
        ("queued behind another", behind),
        ("entering, soaking", soaking),
        ("entering, waiting for people", asked),
        ("entering, barred meanwhile", barred),
        ("entering, snoozed by one of the people", snoozed),
        ("entering, window shut and locked", shut),
    ]
}

fn under_way() -> Vec<(&'static str, DeploymentView)> {
    let mut rolling = view(deployment(Phase::RollingOut));
    rolling.machines = machines(&[Stage::Done, Stage::Starting, Stage::Waiting]);

    let mut unreachable = view(deployment(Phase::RollingOut));
    unreachable.machines = machines(&[Stage::Done, Stage::Updating, Stage::Waiting]);
    unreachable.troubles = vec![Note::new("fly.io does not answer: connection refused.")];

    let mut settling = view(Deployment { settling: true, ..deployment(Phase::RollingOut) });
    settling.machines = machines(&[Stage::Done, Stage::Updating, Stage::Waiting]);

    let mut verifying = deployment(Phase::Verifying);
    let health = &mut verifying.gates[4];
    (health.state, health.rounds, health.in_a_row) = (GateState::Running, 2, 2);
    health.last = Some(reading(Verdict::Pass, None, "200 in 12 ms"));

    let mut item = deployment(Phase::Verifying);
    item.gates[4].state = GateState::Passed;
    let rule = GateRule::Confirm { from: "everyone".to_owned(), within: Some(Span::minutes(30)) };
    let seen = Gate { name: "seen by somebody".to_owned(), rule };
    item.gates.push(GateProgress { since: Some(NOW), ..GateProgress::new(&seen, When::After) });

    let watching = Deployment { rules: rules(1, 0.0123, 9), ..deployment(Phase::Watching) };
    let mut one_way = watching.clone();
    one_way.plan.as_mut().expect("a plan").one_way = vec!["v2".to_owned()];
    let beyond = Deployment { rules: rules(0, 0.0812, 30), ..deployment(Phase::Watching) };
    let undecided = Deployment {
        rules: rules(0, 0.0, 4),
        undecided_until: Some(NOW.plus(Span::minutes(30))),
        ..deployment(Phase::Watching)
    };

    let put_off = Deployment { snooze: Some(snooze()), ..undecided.clone() };

    let mut back =
        view(Deployment { cause: Some(broken()), rules: rules(3, 0.01, 9), ..deployment(Phase::RollingBack) });
    back.machines = machines(&[Stage::Restored, Stage::Restoring, Stage::Waiting]);
    vec![
        ("rolling out, machine 2 of 3", rolling),
        ("rolling out, fly.io does not answer", unreachable),
        ("rolling out, settling an unknown outcome", settling),
        ("verifying", view(verifying)),
        ("verifying, waiting for an item", view(item)),
        ("watching", view(watching)),
        ("watching, with no way back", view(one_way)),
        ("watching, one value beyond its bound", view(beyond)),
        ("watching, undecided", view(undecided)),
        ("watching, undecided and snoozed", view(put_off)),
        ("rolling back", back),
    ]
}

fn ended() -> Vec<(&'static str, DeploymentView)> {
    let mut staging = view(closed(Outcome::Succeeded, None));
    staging.deployment.environment = "staging".to_owned();
    staging.next_environment = Some("production".to_owned());
    let mut there = staging.clone();
    there.next_runs_it = true;
    let mut back = staging.clone();
    back.deployment.kind = Kind::Rollback;
    let kept = Cause::Kept { by: Some(who("bob")) };
    let rollback = Deployment {
        kind: Kind::Rollback,
        release: release("v1"),
        from: Some(release("v2")),
        ..closed(Outcome::Succeeded, None)
    };
    let passed = Deployment { passed_over: vec!["v1.9".to_owned(), "v1.8".to_owned()], ..rollback.clone() };
    let aborted = Cause::Aborted { by: who("ada"), reason: Some("wrong version".to_owned()) };
    let superseded = Cause::Superseded { version: "v2.1".to_owned(), by: who("bob") };
    vec![
        ("succeeded, next is production", staging),
        ("succeeded, and production runs it already", there),
        ("succeeded, a rollback in staging", back),
        ("succeeded, the last environment", view(closed(Outcome::Succeeded, None))),
        ("succeeded, kept without a verdict", view(closed(Outcome::Succeeded, Some(kept)))),
        ("succeeded, a rollback", view(rollback)),
        ("succeeded, a rollback that passed two over", view(passed)),
        ("aborted", view(untouched(Outcome::Aborted, aborted))),
        ("given up", view(untouched(Outcome::Aborted, Cause::GaveUp))),
        ("rejected", view(untouched(Outcome::Aborted, Cause::Rejected { by: who("bob"), reason: None }))),
        ("superseded", view(untouched(Outcome::Superseded, superseded))),
    ]
}

fn ended_badly() -> Vec<(&'static str, DeploymentView)> {
    let back = Deployment { rules: rules(3, 0.01, 9), ..closed(Outcome::RolledBack, Some(broken())) };
    let value = Breach {
        from_at: Moment(NOW.0 - 135_000),
        value: Some(0.0812),
        samples: 9,
        note: Note::new("195 of 2400 requests"),
        ..breach()
    };
    let above = Cause::RuleBroken { rule: "errors".to_owned(), breach: value };
    let gate = Cause::GateFailed { gate: "health".to_owned(), note: Note::new("503 in 3 ms, want 200") };
    let mut by_gate = closed(Outcome::RolledBack, Some(gate.clone()));
    by_gate.gates[4].state = GateState::Failed;
    by_gate.gates[4].last = Some(reading(Verdict::Fail, None, "503 in 3 ms, want 200"));
    let look = Cause::LookFailed { note: Note::new("fly.io refuses the token (401).") };
    let back_to = |cause: Cause| Deployment {
        kind: Kind::Rollback,
        release: release("v1"),
        from: None,
        plan: None,
        gates: Vec::new(),
        ..untouched(Outcome::Failed, cause)
    };
    let none = Cause::NothingToGoBackTo { gone: vec!["v1.9".to_owned(), "v1".to_owned()] };
    let gone = Cause::ImageGone { version: "v1".to_owned() };
    let rollout = Cause::RolloutFailed { note: Note::new("machine 6e82d9ea31e987 did not start.") };
    let mut restored = closed(Outcome::Failed, Some(rollout));
    restored.plan.as_mut().expect("a plan").fallback = None;
    let restore = Cause::RestoreFailed { note: Note::new("fly.io refuses the lease of 6e82d9ea31e987.") };
    let mut people = view(closed(Outcome::NeedsPeople, Some(restore)));
    people.is_stuck = true;
    people.machines = machines(&[Stage::Restored, Stage::Failed, Stage::Done]);
    people.machines[1].note = Some(Note::new("stopped, image sha256:v2v2v2v2"));
    let mut unknown = people.clone();
    unknown.deployment.plan.as_mut().expect("a plan").fallback = None;
    let mut again = people.clone();
    again.deployment = Deployment { kind: Kind::Rollback, release: release("v1.9"), ..again.deployment };
    let mut settled = people.clone();
    settled.is_stuck = false;
    vec![
        ("rolled back, by a rule of failures", view(back)),
        ("rolled back, by a rule of values", view(closed(Outcome::RolledBack, Some(above)))),
        ("rolled back, by a gate", view(by_gate)),
        ("failed, nothing touched", view(untouched(Outcome::Failed, look))),
        ("failed, a rollback with no image left", view(back_to(none))),
        ("failed, a rollback whose image is gone", view(back_to(gone))),
        ("failed, machines restored", view(restored)),
        ("needs people", people),
        ("needs people, nothing known to go back to", unknown),
        ("needs people, a rollback", again),
        ("needed people, settled", settled),
    ]
}

fn broken() -> Cause {
    Cause::RuleBroken { rule: "health".to_owned(), breach: breach() }
}

/// For half an hour, by bob, ten minutes ago.
pub(super) fn snooze() -> Box<Snooze> {
    Box::new(Snooze { by: who("bob"), at: Moment(NOW.0 - 600_000), until_at: NOW.plus(Span::minutes(20)) })
}
