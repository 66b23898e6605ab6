//! The one test binary. `world` is the house in which the real program runs; each other file is a kind of test.

mod runner;
mod store;
mod stories;
