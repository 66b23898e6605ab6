//! One test binary: each part of the program has its own module here.

#![allow(clippy::expect_used, reason = "a test says what it takes for granted")]

mod cards;
mod commands;
mod terminal;
mod words;
