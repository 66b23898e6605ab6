//! `[apps.environments.watch]` and its rules.

use super::checks::{self, Use};
use super::formats::spell;
use super::people::group;
use super::table::Table;
use super::value::Value;
use super::{Scope, all, unique};
use crate::domain::{Breaks, Inconclusive, Note, Rule, Span, Watch};

/// How often a rule asks when it does not say.
const EVERY: Span = Span::seconds(15);
/// How long people have to judge what the watch could not.
const JUDGED_WITHIN: Span = Span::minutes(30);
/// What breaks a rule; each has exactly one.
const BREAKERS: [&str; 3] = ["fails", "above", "below"];
/// What goes with `above` or `below` only.
const OF_THRESHOLD: [&str; 2] = ["for", "at_least"];

/// Reads the watch of an environment.
pub(super) fn read(value: Value<'_>, scope: &Scope<'_>) -> Option<Watch> {
    let mut table = value.table()?;
    let length = table.required("for", r#"for = "30m""#).and_then(Value::span);
    let example = r#"inconclusive = { ask = "releasers", within = "30m", otherwise = "keep" }"#;
    let inconclusive = table.required("inconclusive", example).and_then(|v| inconclusive(v, scope));
    let mut names = Vec::new();
    let rules = table.some_tables("rules", "config-no-rules");
    let rules = rules.and_then(|rules| all(rules.into_iter().map(|rule| read_rule(rule, length, scope, &mut names))));
    table.finish();
    Some(Watch { length: length?, rules: rules?, inconclusive: inconclusive? })
}

fn inconclusive(value: Value<'_>, scope: &Scope<'_>) -> Option<Inconclusive> {
    let mut table = value.table()?;
    let ask = table.required("ask", r#"ask = "releasers""#).and_then(|v| group(v, scope.people));
    let within = table.either("within", JUDGED_WITHIN, Value::span);
    let roll_back = table.choice("otherwise", &[("keep", false), ("roll_back", true)]);
    table.finish();
    Some(Inconclusive { ask: ask?, within: within?, roll_back: roll_back? })
}

/// `length` is that of the watch: a rule that needs longer to break could never do so.
fn read_rule(mut table: Table<'_>, length: Option<Span>, scope: &Scope<'_>, names: &mut Vec<String>) -> Option<Rule> {
    let name = table.required("name", r#"name = "health""#).and_then(|v| unique(v, v.name()?, names));
    let example = r#"check = { kind = "http", url = "{url}/health" }"#;
    let check = table.required("check", example);
    let every = table.either("every", EVERY, |v| v.span_of(Span::seconds(1)..=Span::hours(24)));
    let found = table.one_of(&BREAKERS);
    let breaks = breaks(&mut table, &found);
    let check = check.and_then(|value| checks::read(value, scope.url, used(&found)));
    table.finish();
    let (name, check, every, (breaks, at)) = (name?, check?, every?, breaks?);
    let needs = match &breaks {
        Breaks::Consecutive { fails } => Span(every.0.saturating_mul(i64::from(*fails) - 1)),
        Breaks::Threshold { lasting, at_least, .. } => {
            Span(every.0.saturating_mul(i64::from(*at_least) - 1).max(lasting.0))
        }
    };
    match length {
        Some(length) if needs >= length => {
            at.fail_key(Note::new("config-rule-too-long").with("needs", spell(needs)).with("for", spell(length)))
        }
        _ => Some(Rule { name, check, every, breaks }),
    }
}

/// What is made of the answers to a rule that is broken by this.
fn used(found: &[Value<'_>]) -> Use {
    match found {
        [only] if only.key == BREAKERS[0] => Use::Verdict,
        [_] => Use::Number,
        _ => Use::Unclear,
    }
}

/// What breaks the rule, and the key that says so.
fn breaks<'a>(table: &mut Table<'a>, found: &[Value<'a>]) -> Option<(Breaks, Value<'a>)> {
    table.only_with(&OF_THRESHOLD, &BREAKERS[1..]);
    table.never_without(&BREAKERS[1..], "for");
    let named = |key| found.iter().copied().find(|value| value.key == key);
    let (fails, above, below) = (named("fails"), named("above"), named("below"));
    match (fails, above, below) {
        (None, None, None) => {
            table.settle(&OF_THRESHOLD);
            table.fail(Note::new("config-no-breaks"));
            None
        }
        (Some(value), None, None) => {
            table.refuse(&OF_THRESHOLD, "config-only-with-threshold");
            Some((Breaks::Consecutive { fails: value.whole(1..=1_000)? }, value))
        }
        (None, Some(value), None) | (None, None, Some(value)) => {
            let bound = value.number();
            let lasting = table.required("for", r#"for = "2m""#);
            let at_least = table.either("at_least", 1, |v| v.whole(1..=100_000));
            let span = lasting.and_then(Value::span);
            let above = above.is_some();
            Some((Breaks::Threshold { above, bound: bound?, lasting: span?, at_least: at_least? }, lasting?))
        }
        _ => {
            table.settle(&OF_THRESHOLD);
            let extra = below.filter(|_| above.is_some() || fails.is_some()).or(above)?;
            extra.fail_key(Note::new("config-two-breaks"))
        }
    }
}
