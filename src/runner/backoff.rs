//! How long to wait before something that did not work is tried again.

use crate::domain::Span;

const FIRST: i64 = 1_000;
const MOST: i64 = 60_000;

/// The wait after a try, counted from 1. Doubles up to a minute; half of it is chance, so that what failed together
/// does not come back together. Where the other side named a wait, that is kept, with a little chance on top.
#[must_use]
pub fn wait(tries: u32, asked: Option<Span>) -> Span {
    match asked {
        Some(asked) => Span(asked.0.max(0).saturating_add(rand::random_range(0..=FIRST))),
        None => {
            let doubled = FIRST.saturating_mul(1 << tries.saturating_sub(1).min(10)).min(MOST);
            Span(doubled / 2 + rand::random_range(0..=doubled / 2))
        }
    }
}
