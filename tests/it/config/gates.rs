//! Gates and watches: what they become, and which ones could never work.

use insta::assert_snapshot;
use shipgate::domain::{Breaks, CheckGate, Freeze, GateRule, Inconclusive, Span, Window};

use super::{bad_in_production, bad_in_staging, production, staging};

const CHECK: &str = r#"check = { kind = "http", url = "{url}/health" }"#;

fn rule_before(lines: &str) -> GateRule {
    production(&format!("[[apps.environments.before]]\nname = \"gate\"\n{lines}")).policy.before[0].rule.clone()
}

fn window(lines: &str) -> Window {
    match rule_before(&format!("window = {{ {lines} }}")) {
        GateRule::Window(windows) => windows.into_iter().next().expect("a window"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_approval_takes_one_word_and_lasts_unless_it_says_otherwise() {
    assert_eq!(
        rule_before(r#"approval = { from = "releasers" }"#),
        GateRule::Approval { from: "releasers".into(), count: 1, not_requester: false, expires: None }
    );
    assert_eq!(
        rule_before(r#"approval = { from = "releasers", count = 2, not_requester = true, expires = "20m" }"#),
        GateRule::Approval {
            from: "releasers".into(),
            count: 2,
            not_requester: true,
            expires: Some(Span::minutes(20))
        }
    );
}

#[test]
fn a_confirmation_has_a_limit_only_after_a_rollout() {
    assert_eq!(
        rule_before(r#"confirm = { from = "everyone" }"#),
        GateRule::Confirm { from: "everyone".into(), within: None }
    );
    let gate = "[[apps.environments.after]]\nname = \"looked\"\nconfirm = { from = \"everyone\", within = \"1h\" }";
    assert_eq!(
        staging(gate).policy.after[0].rule,
        GateRule::Confirm { from: "everyone".into(), within: Some(Span::hours(1)) }
    );
    assert_snapshot!(bad_in_staging("[[apps.environments.after]]\nname = \"looked\"\nconfirm = { from = \"everyone\" }"), @r#"
    +3:11: `within` is missing
      Write, for example: within = "30m"
    "#);
    assert_snapshot!(bad_in_staging("[[apps.environments.before]]\nname = \"looked\"\nconfirm = { from = \"everyone\", within = \"1h\" }"), @"
    +3:32: `within` counts after a rollout only
      Remove it; before a rollout, `give_up` of the environment says how long to wait.
    ");
}

#[test]
fn a_window_is_days_hours_and_days_off() {
    assert_eq!(
        window(r#"days = "mon-fri", from = "09:00", to = "17:30", except = ["2026-12-29/2027-01-03", "2026-12-24"]"#),
        Window {
            time_zone: "UTC".into(),
            days: vec![0, 1, 2, 3, 4],
            from: 540,
            to: 1_050,
            except: vec![("2026-12-29".into(), "2027-01-03".into()), ("2026-12-24".into(), "2026-12-24".into())],
        }
    );
    let days = |days: &str| window(&format!("days = \"{days}\", from = \"22:00\", to = \"24:00\"")).days;
    assert_eq!(days("fri-mon"), [0, 4, 5, 6]);
    assert_eq!(days("sun, Tue,tue"), [1, 6]);
    assert_eq!(window(r#"from = "22:00", to = "24:00""#).days, [0, 1, 2, 3, 4, 5, 6]);
    assert_eq!(window(r#"from = "22:00", to = "24:00""#).to, 1_440);
}

#[test]
fn a_whole_day_can_be_a_window_and_a_freeze() {
    let day = window(r#"days = "sat,sun", from = "00:00", to = "24:00""#);
    assert_eq!((day.days, day.from, day.to), (vec![5, 6], 0, 1_440));
    let frozen = rule_before(r#"freeze = { days = "fri", from = "00:00", to = "24:00" }"#);
    let GateRule::Freeze(freezes) = frozen else { panic!("{frozen:?}") };
    assert!(matches!(&freezes[..], [Freeze::Week(week)] if (week.from, week.to) == (0, 1_440)), "{freezes:?}");
}

#[test]
fn a_window_that_makes_no_sense_is_refused() {
    let told = bad_in_production(
        r#"[[apps.environments.before]]
name = "hours"
window = { days = "mon-fry", from = "9:00", to = "25:00", except = ["2026-02-30", "2026-03-02/2026-03-01"] }
[[apps.environments.before]]
name = "never"
window = { from = "09:00", to = "09:00" }
[[apps.environments.before]]
name = "at midnight"
window = [{ from = "00:00", to = "00:00" }, { from = "24:00", to = "24:00" }, { from = "24:00", to = "00:00" }]"#,
    );
    assert_snapshot!(told, @r#"
    +3:19: `days` must be days of the week
      Write for example "mon-fri" or "tue,thu".
    +3:37: `from` must be a time of day
      Write hours and minutes in quotes: "09:00".
    +3:50: `to` must be a time of day
      Write hours and minutes in quotes: "09:00".
    +3:69: `except` has something that is no date
      Write days such as "2026-12-24", or from the first to the last such as "2026-12-29/2027-01-03".
    +3:83: the last of these days comes before the first
      Write the first day, a slash, and the last day: "2026-12-29/2027-01-03".
    +6:33: the window ends when it begins
      Write different times; the whole day is from "00:00" to "24:00". Leave the gate out if any time will do.
    +9:34: the window ends when it begins
      Write different times; the whole day is from "00:00" to "24:00". Leave the gate out if any time will do.
    +9:68: the window ends when it begins
      Write different times; the whole day is from "00:00" to "24:00". Leave the gate out if any time will do.
    +9:102: the window ends when it begins
      Write different times; the whole day is from "00:00" to "24:00". Leave the gate out if any time will do.
    "#);
}

#[test]
fn a_check_is_asked_until_it_has_passed_often_enough() {
    let gate = |lines: &str| match rule_before(&format!("{CHECK}\n{lines}")) {
        GateRule::Check(CheckGate { times, every, within, .. }) => (times, every, within),
        other => panic!("{other:?}"),
    };
    assert_eq!(gate(""), (1, Span::seconds(10), Span::minutes(2)));
    assert_eq!(gate("times = 30\nevery = \"1s\"\nwithin = \"5m\""), (30, Span::seconds(1), Span::minutes(5)));
}

#[test]
fn a_gate_that_could_never_pass_is_refused() {
    let told = bad_in_production(&format!(
        r#"[[apps.environments.after]]
name = "health"
{CHECK}
times = 30
[[apps.environments.after]]
name = "again"
{CHECK}
times = 3
within = "20s"
[[apps.environments.before]]
name = "nobody"
approval = {{ from = "releasers", count = 0 }}"#
    ));
    assert_snapshot!(told, @"
    +3:1: this gate can never pass: 30 times every 10s takes 290s, and it fails after 2m
      Write a `within` longer than 290s, or ask fewer times.
    +9:1: this gate can never pass: 3 times every 10s takes 20s, and it fails after 20s
      Write a `within` longer than 20s, or ask fewer times.
    +12:42: `count` must be between 1 and 20
      Write a number in that range.
    ");
}

#[test]
fn a_gate_is_decided_by_exactly_one_thing_and_stands_where_it_makes_sense() {
    let told = bad_in_staging(
        r#"[[apps.environments.before]]
name = "nothing"
[[apps.environments.before]]
name = "two"
approval = { from = "releasers" }
soak = "30m"
[[apps.environments.before]]
name = "soaked"
soak = "30m"
[[apps.environments.before]]
name = "slow approval"
approval = { from = "releasers" }
every = "5s"
[[apps.environments.after]]
name = "approval"
approval = { from = "releasers" }
[[apps.environments.after]]
name = "window"
window = { from = "09:00", to = "10:00" }
[[apps.environments.after]]
name = "nothing"
confirm = { from = "everyone", within = "1h" }"#,
    );
    assert_snapshot!(told, @r#"
    +1:1: nothing decides this gate
      Give it one of: `approval`, `confirm`, `window`, `freeze`, `soak`, `check`.
    +6:1: this gate is decided by `approval` already
      Make two gates of it, each with a name.
    +9:1: the first environment has none before it to soak in
      Move this gate to a later environment.
    +13:1: `every` goes with a check
      Remove it; this gate is not decided by a check.
    +16:1: `approval` makes sense before a rollout only
      Move this gate to [[apps.environments.before]].
    +19:1: `window` makes sense before a rollout only
      Move this gate to [[apps.environments.before]].
    +21:8: the name "nothing" is taken already
      Give this one another name.
    "#);
}

#[test]
fn a_watch_has_rules_on_failures_and_on_thresholds() {
    let watch = production(&format!(
        r#"[apps.environments.watch]
for = "30m"
inconclusive = {{ ask = "releasers", otherwise = "roll_back" }}
[[apps.environments.watch.rules]]
name = "health"
{CHECK}
every = "10s"
fails = 3
[[apps.environments.watch.rules]]
name = "slow"
{CHECK}
above = 2
for = "2m"
[[apps.environments.watch.rules]]
name = "users"
{CHECK}
below = 0.5
for = "2m"
at_least = 20"#
    ))
    .policy
    .watch
    .unwrap();
    assert_eq!(watch.length, Span::minutes(30));
    let inconclusive = Inconclusive { ask: "releasers".into(), within: Span::minutes(30), roll_back: true };
    assert_eq!(watch.inconclusive, inconclusive);
    let rules = watch.rules.into_iter().map(|rule| (rule.every, rule.breaks)).collect::<Vec<_>>();
    let lasting = Span::minutes(2);
    assert_eq!(
        rules,
        [
            (Span::seconds(10), Breaks::Consecutive { fails: 3 }),
            (Span::seconds(15), Breaks::Threshold { above: true, bound: 2.0, lasting, at_least: 1 }),
            (Span::seconds(15), Breaks::Threshold { above: false, bound: 0.5, lasting, at_least: 20 }),
        ]
    );
}

#[test]
fn a_watch_that_could_never_tell_is_refused() {
    let told = bad_in_production(&format!(
        r#"[apps.environments.watch]
for = "1m"
[[apps.environments.watch.rules]]
name = "no bound"
{CHECK}
[[apps.environments.watch.rules]]
name = "two"
{CHECK}
fails = 3
above = 1
[[apps.environments.watch.rules]]
name = "mixed"
{CHECK}
fails = 3
for = "10s"
[[apps.environments.watch.rules]]
name = "no time"
{CHECK}
above = nan
[[apps.environments.watch.rules]]
name = "too long"
{CHECK}
below = 1
for = "1m"
[[apps.environments.watch.rules]]
name = "too many"
{CHECK}
fails = 5"#
    ));
    assert_snapshot!(told, @r#"
    +1:1: `inconclusive` is missing
      Write, for example: inconclusive = { ask = "releasers", within = "30m", otherwise = "keep" }
    +3:1: nothing breaks this rule
      Write `fails = 3` for failures in a row, or `above = …` or `below = …` with `for = "2m"`.
    +10:1: this rule is broken by something else already
      Keep one of `fails`, `above` and `below`; make a second rule for the other.
    +15:1: `for` goes with `above` or `below`
      Remove it, or write the bound.
    +16:1: `for` is missing
      Write, for example: for = "2m"
    +19:9: `above` must be a number
      Write a number without quotes, such as 0.05.
    +24:1: this rule can never tell: it needs 1m, and the watch lasts 1m
      Ask for less, ask more often, or make the watch longer than 1m.
    +28:1: this rule can never tell: it needs 1m, and the watch lasts 1m
      Ask for less, ask more often, or make the watch longer than 1m.
    "#);
}

#[test]
fn windows_may_be_several_and_a_freeze_is_dates_or_hours_of_the_week() {
    let several = rule_before(
        r#"window = [{ days = "mon-fri", from = "09:00", to = "17:30" }, { days = "sat", from = "10:00", to = "12:00" }]"#,
    );
    let GateRule::Window(windows) = several else { panic!("{several:?}") };
    assert_eq!(windows.iter().map(|window| window.days.len()).collect::<Vec<_>>(), [5, 1]);
    let dates = |from: &str, to: &str| Freeze::Dates { time_zone: "UTC".into(), from: from.into(), to: to.into() };
    assert_eq!(
        rule_before(r#"freeze = { from = "2026-12-24 18:00", to = "2027-01-03" }"#),
        GateRule::Freeze(vec![dates("2026-12-24 18:00", "2027-01-04 00:00")])
    );
    let calendar = rule_before(
        r#"freeze = [{ from = "2026-12-24", to = "2026-12-26 12:00" }, { days = "fri", from = "15:00", to = "24:00" }]"#,
    );
    let GateRule::Freeze(freezes) = calendar else { panic!("{calendar:?}") };
    assert_eq!(freezes[0], dates("2026-12-24 00:00", "2026-12-26 12:00"));
    assert!(matches!(&freezes[1], Freeze::Week(window) if window.days == [4]));
}
