//! Deployments in every state, as the service would show them: `hello`, from v1 to v2, asked for by ada on Monday
//! 23 November 2026 at 14:00 in Tokyo, looked at half an hour later.

use serde_json::json;
use shipgate::domain::Standing;
use shipgate::domain::{
    Breach, Breaks, Cause, CheckGate, CheckSpec, Deployment, Gate, GateProgress, GateRule, GateState, Id, Inconclusive,
    Kind, Moment, Note, Outcome, Phase, Plan, Policy, Reading, Release, Rule, RuleProgress, Span, TargetSpec, Verdict,
    Watch, When, Who, Window, Word,
};
use shipgate::targets::Stage;
use shipgate::view::{DeploymentView, MachineView};

pub(super) const ASKED: Moment = Moment(1_795_410_000_000);
pub(super) const NOW: Moment = Moment(1_795_411_800_000);

pub(super) fn who(name: &str) -> Who {
    Who { identity: format!("terminal:{name}"), person: Some(name.to_owned()), name: name.to_owned() }
}

pub(super) fn release(version: &str) -> Release {
    let digest = format!("sha256:{}", version.repeat(32));
    Release {
        app: "hello".to_owned(),
        version: version.to_owned(),
        image: format!("registry.fly.io/hello@{digest}"),
        digest,
        commit: Some("4f2c9a1d7be0".to_owned()),
        notes: None,
        one_way: false,
        registered_at: ASKED,
    }
}

fn check() -> CheckSpec {
    CheckSpec { kind: "http".to_owned(), settings: json!({}) }
}

fn gate(name: &str, rule: GateRule) -> Gate {
    Gate { name: name.to_owned(), rule }
}

pub(super) fn plan() -> Plan {
    let approval = GateRule::Approval {
        from: "releasers".to_owned(),
        count: 1,
        not_requester: true,
        expires: Some(Span::minutes(20)),
    };
    let window = GateRule::Window(Window {
        time_zone: "Asia/Tokyo".to_owned(),
        days: vec![0, 1, 2, 3, 4],
        from: 540,
        to: 1050,
        except: Vec::new(),
    });
    let health = CheckGate { check: check(), times: 3, every: Span::seconds(10), within: Span::minutes(2) };
    let confirm = GateRule::Confirm { from: "everyone".to_owned(), within: None };
    Plan {
        policy: Policy {
            target: TargetSpec { kind: "fly".to_owned(), settings: json!({}), fenced: true },
            url: Some("https://hello.fly.dev".to_owned()),
            time_zone: "Asia/Tokyo".to_owned(),
            before: vec![
                gate("approval", approval),
                gate("release notes written", confirm),
                gate("working hours", window),
                gate("soaked in staging", GateRule::Soak(Span::minutes(30))),
            ],
            after: vec![gate("health", GateRule::Check(health))],
            watch: Some(Watch {
                length: Span::minutes(30),
                rules: vec![
                    Rule {
                        name: "health".to_owned(),
                        check: check(),
                        every: Span::seconds(10),
                        breaks: Breaks::Consecutive { fails: 3 },
                    },
                    Rule {
                        name: "errors".to_owned(),
                        check: check(),
                        every: Span::seconds(15),
                        breaks: Breaks::Threshold { above: true, bound: 0.05, lasting: Span::minutes(2), at_least: 20 },
                    },
                ],
                inconclusive: Inconclusive { ask: "releasers".to_owned(), within: Span::minutes(30), roll_back: false },
            }),
            give_up: Span::hours(24),
            rollout_within: Span::minutes(15),
        },
        fallback: Some(release("v1")),
        one_way: Vec::new(),
        machines: 3,
        found: Vec::new(),
    }
}

pub(super) fn reading(verdict: Verdict, value: Option<f64>, said: &str) -> Reading {
    Reading { at: NOW, verdict, value, note: Note::new(said) }
}

/// A deployment of v2 to production in a phase, with everything before that phase passed.
pub(super) fn deployment(phase: Phase) -> Deployment {
    let plan = plan();
    let touched = !matches!(phase, Phase::Queued | Phase::Entering);
    let progress = |gate: &Gate, when: When| GateProgress {
        gate: gate.clone(),
        when,
        state: match when {
            When::Before if touched => GateState::Passed,
            When::After if matches!(phase, Phase::Watching | Phase::Closed) => GateState::Passed,
            When::Before | When::After => GateState::Waiting,
        },
        words: match &gate.rule {
            GateRule::Approval { .. } | GateRule::Confirm { .. } if touched => vec![Word { by: who("bob"), at: NOW }],
            _ => Vec::new(),
        },
        since: None,
        rounds: 0,
        in_a_row: if matches!(phase, Phase::Watching | Phase::Closed) { 3 } else { 0 },
        last: matches!(phase, Phase::Watching | Phase::Closed).then(|| reading(Verdict::Pass, None, "200 in 12 ms")),
    };
    let gates = match phase {
        Phase::Queued => Vec::new(),
        _ => {
            let before = plan.policy.before.iter().map(|gate| progress(gate, When::Before));
            before.chain(plan.policy.after.iter().map(|gate| progress(gate, When::After))).collect()
        }
    };
    Deployment {
        id: Id("01990b6e-7a10-7cc3-98c4-dc0c3fa9c2d1".to_owned()),
        app: "hello".to_owned(),
        environment: "production".to_owned(),
        kind: Kind::Promote,
        release: release("v2"),
        named: false,
        passed_over: Vec::new(),
        from: (phase != Phase::Queued).then(|| release("v1")),
        reason: None,
        requested_by: who("ada"),
        requested_at: ASKED,
        gives_up_at: NOW.plus(Span::hours(24)),
        phase,
        phase_since: NOW,
        revision: 7,
        plan: (phase != Phase::Queued).then_some(plan),
        gates,
        asked_at: None,
        attempt: u64::from(touched),
        settling: false,
        rules: Vec::new(),
        undecided_until: None,
        cause: None,
        outcome: None,
        closed_at: None,
    }
}

/// What the service shows of it.
pub(super) fn view(deployment: Deployment) -> DeploymentView {
    let gates = deployment
        .gates
        .iter()
        .map(|progress| Standing {
            name: progress.gate.name.clone(),
            when: progress.when,
            state: progress.state,
            opens_at: None,
            judge_at: None,
            waits_for: match (&progress.gate.rule, progress.state) {
                (GateRule::Approval { from, .. } | GateRule::Confirm { from, .. }, GateState::Waiting) => {
                    Some(from.clone())
                }
                _ => None,
            },
        })
        .collect();
    DeploymentView {
        gates,
        machines: Vec::new(),
        troubles: Vec::new(),
        behind: None,
        next_environment: None,
        next_runs_it: false,
        lock: None,
        is_running: true,
        is_stuck: false,
        repository: Some("acme/hello".to_owned()),
        time_zone: "Asia/Tokyo".to_owned(),
        mark: "b81f0e64".to_owned(),
        now: NOW,
        deployment,
    }
}

pub(super) fn machines(stages: &[Stage]) -> Vec<MachineView> {
    let ids = ["148e21ea779d89", "6e82d9ea31e987", "3d8d413a29e189"];
    let machine = |(id, stage): (&str, &Stage)| MachineView { machine: id.to_owned(), stage: *stage, note: None };
    ids.into_iter().zip(stages).map(machine).collect()
}

fn closed(outcome: Outcome, cause: Option<Cause>) -> Deployment {
    Deployment { outcome: Some(outcome), cause, closed_at: Some(NOW), ..deployment(Phase::Closed) }
}

/// Ended before anything was touched.
fn untouched(outcome: Outcome, cause: Cause) -> Deployment {
    let mut d = Deployment { attempt: 0, ..closed(outcome, Some(cause)) };
    for gate in &mut d.gates {
        (gate.state, gate.words, gate.last) = (GateState::Skipped, Vec::new(), None);
    }
    d
}

fn rules(bad: u32, value: f64, samples: u32) -> Vec<RuleProgress> {
    let watch = plan().policy.watch.expect("a watch");
    let of = |rule: &Rule| {
        let counted = matches!(rule.breaks, Breaks::Consecutive { .. });
        RuleProgress {
            rule: rule.clone(),
            rounds: samples,
            samples,
            bad_since: (!counted && value > 0.05).then_some(Moment(NOW.0 - 75_000)),
            bad_in_a_row: if counted { bad } else { 0 },
            last: Some(if counted {
                reading(
                    if bad > 0 { Verdict::Fail } else { Verdict::Pass },
                    None,
                    if bad > 0 { "503 in 3 ms" } else { "200 in 12 ms" },
                )
            } else {
                reading(Verdict::Pass, Some(value), "12 of 240 requests")
            }),
        }
    };
    watch.rules.iter().map(of).collect()
}

pub(super) fn breach() -> Breach {
    Breach {
        from_at: Moment(NOW.0 - 20_000),
        to_at: NOW,
        samples: 3,
        value: None,
        note: Note::new("503 in 3 ms, want 200"),
    }
}

fn broken() -> Cause {
    Cause::RuleBroken { rule: "health".to_owned(), breach: breach() }
}

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

    let mut shut = view(deployment(Phase::Entering));
    shut.gates[2].opens_at = Some(Moment(NOW.0 + 66_600_000));
    shut.gates[3].state = GateState::Passed;
    shut.lock = Some(shipgate::domain::Lock {
        owner: Some(who("cy")),
        reason: "database work".to_owned(),
        at: ASKED,
        expires_at: None,
        over: None,
    });
    vec![
        ("queued", view(deployment(Phase::Queued))),
        ("queued behind another", behind),
        ("entering, soaking", soaking),
        ("entering, waiting for people", asked),
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

    let watching = Deployment { rules: rules(1, 0.0123, 9), ..deployment(Phase::Watching) };
    let beyond = Deployment { rules: rules(0, 0.0812, 30), ..deployment(Phase::Watching) };
    let undecided = Deployment {
        rules: rules(0, 0.0, 4),
        undecided_until: Some(NOW.plus(Span::minutes(30))),
        ..deployment(Phase::Watching)
    };

    let mut back =
        view(Deployment { cause: Some(broken()), rules: rules(3, 0.01, 9), ..deployment(Phase::RollingBack) });
    back.machines = machines(&[Stage::Restored, Stage::Restoring, Stage::Waiting]);
    vec![
        ("rolling out, machine 2 of 3", rolling),
        ("rolling out, fly.io does not answer", unreachable),
        ("rolling out, settling an unknown outcome", settling),
        ("verifying", view(verifying)),
        ("watching", view(watching)),
        ("watching, one value beyond its bound", view(beyond)),
        ("watching, undecided", view(undecided)),
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
