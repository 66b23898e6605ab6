//! The runner over a real store and the real core, with adapters that play a script.

#![expect(clippy::expect_used, reason = "a test that cannot go on says why and ends")]

mod script;
mod stopping;
mod working;
