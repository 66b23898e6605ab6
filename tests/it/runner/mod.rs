//! The runner over a real store and the real core, with adapters that play a script.

mod script;
mod stopping;
mod working;
