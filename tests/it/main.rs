//! The one test binary. `world` is the house in which the real program runs; each other file is a kind of test.

#![expect(clippy::expect_used, clippy::unwrap_used, reason = "a test that cannot go on should stop where it is")]

mod world;

mod model;
mod stories;

mod acting;
mod api;
mod approving;
mod barring;
mod calendar;
mod cards;
mod chats;
mod checks;
mod commands;
mod config;
mod deciding;
mod discord;
mod failing;
mod faults;
mod fly;
mod going_back;
mod halting;
mod locking;
mod many;
mod measuring;
mod one_way;
mod overriding;
mod paging;
mod planning;
mod process;
mod properties;
mod racing;
mod recovering;
mod releasing;
mod runner;
mod sharing;
mod sim;
mod slack;
mod sleeping;
mod smoking;
mod snoozing;
mod store;
mod sweeping;
mod terminal;
mod watching;
mod ways;
mod why;
mod words;
mod zones;

mod tidy;
