//! The one test binary. `world` is the house in which the real program runs; each other file is a kind of test.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test that cannot go on should stop where it is")]

mod fly;
mod sim;
mod world;

mod checks;
mod config;
mod stories;
mod tidy;
//! One test binary: each part of the program has its own module here.

#![allow(clippy::expect_used, reason = "a test says what it takes for granted")]

mod cards;
mod commands;
mod terminal;
mod words;
