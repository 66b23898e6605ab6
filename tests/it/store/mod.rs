//! The store on real files: opening, the narrow waist, effects and their claims, the ledger's audit, readings.

pub(crate) mod house;

mod advancing;
mod auditing;
mod claiming;
mod journal;
mod log;
mod older;
mod opening;
mod readings;
