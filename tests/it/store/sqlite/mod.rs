//! The contract on files, and what only files have: opening them, their log, who is dead.

pub(crate) mod house {
    pub(crate) use super::super::house::*;

    pub(crate) type House = super::super::house::House<super::super::house::Sqlite>;
}

mod indexes;
mod log;
mod older;
mod opening;
mod taking_over;

#[path = "../contract/advancing.rs"]
mod advancing;
#[path = "../contract/auditing.rs"]
mod auditing;
#[path = "../contract/claiming.rs"]
mod claiming;
#[path = "../contract/journal.rs"]
mod journal;
#[path = "../contract/readings.rs"]
mod readings;
#[path = "../contract/starting.rs"]
mod starting;
