//! The small plan that is explored: staging with a check after the rollout, production with an approval before it and a
//! watch after it; three releases; two people.

use shipgate::domain::{
    Breaks, CheckGate, CheckSpec, Gate, GateRule, Halt, Id, Inconclusive, Moment, Policy, Release, Rule, Span,
    TargetSpec, Watch, Who,
};

pub(super) const NAMES: [&str; 2] = ["staging", "production"];
/// How many machines each has: what can be half done is in production.
pub(super) const MACHINES: [usize; 2] = [1, 2];
/// How long a yes counts, in seconds.
pub(super) const EXPIRES: u32 = 600;

const BEGINNING: Moment = Moment(1_795_410_000_000);

pub(super) fn moment(seconds: u32) -> Moment {
    BEGINNING.plus(Span::seconds(i64::from(seconds)))
}

pub(super) fn seconds(at: Moment) -> u32 {
    u32::try_from(at.since(BEGINNING).0 / 1_000).expect("not that late")
}

pub(super) fn release(n: u8) -> Release {
    let digest = format!("sha256:{n}");
    Release {
        app: "hello".to_owned(),
        version: format!("v{n}"),
        image: format!("registry.example/hello@{digest}"),
        digest,
        commit: None,
        notes: None,
        one_way: false,
        registered_at: Moment(i64::from(n)),
    }
}

pub(super) fn version(digest: &str) -> u8 {
    digest.trim_start_matches("sha256:").parse().expect("a version's digest")
}

/// Bob's, without an end.
pub(super) fn halt() -> Halt {
    let owner = Who { identity: "terminal:bob".to_owned(), person: Some("bob".to_owned()), name: "bob".to_owned() };
    let (changed_at, expires_at, reminded_at, lifted_at, lifted_by) = (None, None, None, None, None);
    let (id, reason, at) = (Id("h1".to_owned()), "work".to_owned(), BEGINNING);
    Halt { id, owner, reason, at, changed_at, expires_at, reminded_at, lifted_at, lifted_by }
}

pub(super) fn policy(place: u8) -> Policy {
    let production = place > 0;
    let check = || CheckSpec { kind: "http".to_owned(), settings: serde_json::Value::Null };
    let health = CheckGate { check: check(), times: 1, every: Span::minutes(1), within: Span::minutes(1) };
    let approval = GateRule::Approval {
        from: "releasers".to_owned(),
        count: 1,
        not_requester: true,
        expires: Some(Span::seconds(i64::from(EXPIRES))),
    };
    let gate = |name: &str, rule: GateRule| Gate { name: name.to_owned(), rule };
    let rule = Rule {
        name: "health".to_owned(),
        check: check(),
        every: Span::minutes(1),
        breaks: Breaks::Consecutive { fails: 1 },
    };
    let inconclusive = Inconclusive { ask: "releasers".to_owned(), within: Span::minutes(30), roll_back: false };
    Policy {
        target: TargetSpec { kind: "model".to_owned(), settings: serde_json::Value::Null, fenced: true },
        url: None,
        time_zone: "UTC".to_owned(),
        before: if production { vec![gate("approval", approval)] } else { Vec::new() },
        after: if production { Vec::new() } else { vec![gate("health", GateRule::Check(health))] },
        watch: production.then(|| Watch { length: Span::minutes(1), rules: vec![rule], inconclusive }),
        give_up: Span::hours(2),
        rollout_within: Span::minutes(15),
        override_by: 1,
    }
}
