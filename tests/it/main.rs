//! The one test binary.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod fly;
mod sim;
mod world;
