//! The rules of a watch: how samples are counted, when a rule is broken, and when a watch cannot tell.

use super::{Breach, Breaks, Deployment, Reading, RuleProgress, Verdict};

/// What the samples so far amount to.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Judgement {
    /// Nothing is wrong.
    Fine,
    /// A rule is in a run of bad samples that is not long enough yet.
    Suspicious,
    /// A rule is broken.
    Broken { rule: String, breach: Breach },
}

/// Counts one sample. One without an answer, or without the number that the rule compares, does not count.
pub(super) fn count(rule: &mut RuleProgress, reading: &Reading) {
    rule.last = Some(reading.clone());
    let Some(bad) = is_bad(&rule.rule.breaks, reading) else { return };
    rule.samples += 1;
    if bad {
        rule.bad_since.get_or_insert(reading.at);
        rule.bad_in_a_row += 1;
    } else {
        rule.bad_since = None;
        rule.bad_in_a_row = 0;
    }
}

fn is_bad(breaks: &Breaks, reading: &Reading) -> Option<bool> {
    if reading.verdict == Verdict::Unknown {
        return None;
    }
    match breaks {
        Breaks::Consecutive { .. } => Some(reading.verdict == Verdict::Fail),
        Breaks::Threshold { above, bound, .. } => {
            reading.value.map(|value| if *above { value > *bound } else { value < *bound })
        }
    }
}

/// What a deployment's samples amount to; the first broken rule in the plan's order counts. Only a sample that counts
/// tells: time in which nothing was measured makes no bad run longer.
pub(super) fn judge(d: &Deployment) -> Judgement {
    let mut judgement = Judgement::Fine;
    for rule in &d.rules {
        let (Some(from), Some(last)) = (rule.bad_since, &rule.last) else { continue };
        if is_bad(&rule.rule.breaks, last).is_none() {
            continue;
        }
        let long_enough = match rule.rule.breaks {
            Breaks::Consecutive { fails } => rule.bad_in_a_row >= fails,
            Breaks::Threshold { lasting, at_least, .. } => last.at.since(from) >= lasting && rule.samples >= at_least,
        };
        if long_enough {
            let breach = Breach {
                from_at: from,
                to_at: last.at,
                samples: rule.bad_in_a_row,
                value: last.value,
                note: last.note.clone(),
            };
            return Judgement::Broken { rule: rule.rule.name.clone(), breach };
        }
        judgement = Judgement::Suspicious;
    }
    judgement
}

/// The rules that cannot tell at the end of the watch: too few samples, or the last ones without an answer in the
/// middle of a bad run.
pub(super) fn without_verdict(d: &Deployment) -> Vec<String> {
    let lacking = d.rules.iter().filter(|rule| {
        let needed = match rule.rule.breaks {
            Breaks::Consecutive { .. } => 1,
            Breaks::Threshold { at_least, .. } => at_least.max(1),
        };
        rule.samples < needed || rule.bad_since.is_some()
    });
    lacking.map(|rule| rule.rule.name.clone()).collect()
}
