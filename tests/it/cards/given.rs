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
    let window = GateRule::Window(vec![Window {
        time_zone: "Asia/Tokyo".to_owned(),
        days: vec![0, 1, 2, 3, 4],
        from: 540,
        to: 1050,
        except: Vec::new(),
    }]);
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
            override_by: 1,
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
        overrides: Vec::new(),
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
        interrupted: false,
        attempt: u64::from(touched),
        settling: false,
        halted_at: None,
        rules: Vec::new(),
        undecided_until: None,
        snooze: None,
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
            earliest_at: None,
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
        is_barred: false,
        unfit: None,
        lock: None,
        halt: None,
        is_running: true,
        is_stuck: false,
        repository: Some("acme/hello".to_owned()),
        time_zone: "Asia/Tokyo".to_owned(),
        seq: 12,
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

pub(super) fn closed(outcome: Outcome, cause: Option<Cause>) -> Deployment {
    Deployment { outcome: Some(outcome), cause, closed_at: Some(NOW), ..deployment(Phase::Closed) }
}

/// Ended before anything was touched.
pub(super) fn untouched(outcome: Outcome, cause: Cause) -> Deployment {
    let mut d = Deployment { attempt: 0, ..closed(outcome, Some(cause)) };
    for gate in &mut d.gates {
        (gate.state, gate.words, gate.last) = (GateState::Skipped, Vec::new(), None);
    }
    d
}

pub(super) fn rules(bad: u32, value: f64, samples: u32) -> Vec<RuleProgress> {
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
