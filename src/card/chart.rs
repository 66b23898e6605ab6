//! The chart of a rule: what it shows, and the same in words, for who does not see it.

use super::detail::{Stand, stand};
use crate::checks;
use crate::domain::{Breaks, Moment, Reading, Rule};
use crate::picture::{Bound, Chart, Sample, Unit};
use crate::words::{NAME, Words, harmless};

/// How many numbers make a line.
const LEAST: usize = 2;

/// The words and the picture; none where the samples gave no numbers to speak of.
pub(super) fn of(rule: &Rule, samples: &[(u32, &Reading)], words: &Words) -> Option<(String, Vec<u8>)> {
    let measure = checks::measure(&rule.check);
    let bound = match rule.breaks {
        Breaks::Threshold { above, bound, .. } => Some(Bound { value: bound, above }),
        Breaks::Consecutive { .. } => measure.bad.map(|checks::Bound { value, above }| Bound { value, above }),
    };
    let sample = |(_, reading): &(u32, &Reading)| Sample {
        at: reading.at,
        value: reading.value.filter(|value| value.is_finite()),
        is_bad: stand(Some(rule), reading) == Stand::Bad,
    };
    let samples: Vec<Sample> = samples.iter().map(sample).collect();
    let values: Vec<f64> = samples.iter().filter_map(|sample| sample.value).collect();
    if values.len() < LEAST {
        return None;
    }
    let unit = if measure.in_seconds { Unit::Seconds } else { Unit::Plain };
    let says = says(rule, &samples, bound, words);
    let drawn = Chart { samples, bound, unit }.png(|moment| words.clock(moment));
    let png = drawn.inspect_err(|error| tracing::error!(%error, "a chart could not be drawn")).ok().flatten()?;
    Some((says, png))
}

fn says(rule: &Rule, samples: &[Sample], bound: Option<Bound>, words: &Words) -> String {
    let values = || samples.iter().filter_map(|sample| sample.value);
    let (low, high) = (values().fold(f64::INFINITY, f64::min), values().fold(f64::NEG_INFINITY, f64::max));
    let bad: Vec<Moment> = samples.iter().filter(|sample| sample.is_bad).map(|sample| sample.at).collect();
    let clock = |moment: Option<&Moment>| moment.map(|moment| words.clock(*moment)).unwrap_or_default();
    let ends = [samples.first(), samples.last()].map(|end| clock(end.map(|sample| &sample.at)));
    let held = bound.map_or_else(
        || words.get("chart-no-bound"),
        |bound| {
            let key = if bound.above { "chart-bound-above" } else { "chart-bound-below" };
            words.with(key, &[("bound", &words.number(bound.value))])
        },
    );
    words.with(
        "chart-says",
        &[
            ("name", &harmless(&rule.name, NAME)),
            ("n", &samples.len()),
            ("from", &ends[0]),
            ("to", &ends[1]),
            ("low", &words.number(low)),
            ("high", &words.number(high)),
            ("what", &held),
            ("bad", &bad.len()),
            ("first", &clock(bad.first())),
            ("last", &clock(bad.last())),
        ],
    )
}
