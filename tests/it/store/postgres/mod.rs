//! The contract on a server, and what only servers have: being refused, being away, being cut off.

pub(crate) mod house {
    pub(crate) use super::super::house::*;

    pub(crate) type House = super::super::house::House<super::super::house::Postgres>;
}

mod cutting;
mod opening;

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
