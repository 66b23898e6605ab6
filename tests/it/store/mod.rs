//! The store. What must hold on every engine is in `contract/`, and each engine takes all of it in under its own name; what
//! only one engine has is beside it.

#![expect(clippy::duplicate_mod, reason = "the contract is the same for every engine")]

pub(crate) mod house;

mod postgres;
mod sqlite;
mod words;
