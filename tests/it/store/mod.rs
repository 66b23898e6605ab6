//! The store on real files: opening, the narrow waist, effects and their claims, the ledger's audit, readings.

#![expect(clippy::expect_used, reason = "a test that cannot go on says why and ends")]

pub(crate) mod house;

mod advancing;
mod auditing;
mod claiming;
mod journal;
mod opening;
mod readings;
