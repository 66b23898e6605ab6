//! The one test binary. `world` is the house in which the real program runs; each other file is a kind of test.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "in a test, the panic is the report")]

mod checks;
mod config;
mod tidy;
