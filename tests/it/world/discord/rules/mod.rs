//! The rules that the description cannot say, each with the place in Discord's documents where it stands. Where
//! twilight knows a rule, twilight decides.
//!
//! To add a rule: a line in the function of its subject, and a bad request in the self-tests that only it catches.

mod callback;
mod command;
mod component;
mod message;

use serde_json::Value;

use super::message::Message;
use super::reply::Problem;

pub(super) use callback::callback;
pub(super) use command::commands;
pub(super) use message::message;

/// Where a message's body was sent to.
#[derive(Clone, Copy, Debug)]
pub(super) enum At<'a> {
    Create,
    /// In an answer to an interaction, or after it.
    Callback,
    /// With the message as it was.
    Edit(&'a Message),
}

fn problem(at: impl Into<String>, code: &'static str, says: impl Into<String>) -> Problem {
    Problem { at: at.into(), code, says: says.into() }
}

/// The elements of a list, if it is there.
fn each(value: &Value) -> impl Iterator<Item = (usize, &Value)> {
    value.as_array().into_iter().flatten().enumerate()
}

/// No two of them are the same.
fn twice<'a>(names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let mut seen = std::collections::BTreeSet::new();
    names.into_iter().find(|name| !seen.insert(*name))
}
