//! The one test binary. `world` is the house in which the real program runs; each other file is a kind of test.

mod world;
mod stories;
//! One test binary: what Shipgate does, as people and machines see it.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "in a test, the panic is the report")]

mod checks;
mod config;
mod fly;
mod sim;
//! The one test binary.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test that cannot go on fails")]

