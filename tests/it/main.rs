//! One test binary: what Shipgate does, as people and machines see it.

mod checks;
mod config;
