//! The one test binary. `world` is the house in which the real program runs; each other file is a kind of test.

mod world;

mod checks;
mod config;
mod fly;
mod sim;
mod stories;
//! The one test binary.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test that cannot go on fails")]

