//! The one test binary. `world` is the house in which the real program runs; each other file is a kind of test.

mod stories;
//! One test binary: what Shipgate does, as people and machines see it.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "in a test, the panic is the report")]

mod checks;
mod config;
