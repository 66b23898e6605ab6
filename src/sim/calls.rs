//! The record of every call to the Machines API, for tests to read. Tokens and lease nonces are never in it, and the
//! values of `env` and `files` are blanked.

use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;

use super::action::{Action, Route};
use crate::clock::Moment;

/// One call.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// When it came.
    pub at: Moment,
    /// Its method.
    pub method: String,
    /// Its path, with the query.
    pub path: String,
    /// What it asked for, if that exists.
    pub action: Option<Action>,
    /// On which app.
    pub app: Option<String>,
    /// On which machine.
    pub machine: Option<String>,
    /// Whether it showed a lease nonce.
    pub with_nonce: bool,
    /// Its body, if that was JSON; secrets blanked.
    pub body: Value,
    /// The status it was answered with. None: not answered yet, or never.
    pub status: Option<u16>,
}

/// The record. Copies share it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Record(Arc<Mutex<Vec<Call>>>);

impl Record {
    /// Enters a call that has come; returns its place.
    pub(crate) fn enter(&self, call: Call) -> usize {
        let mut calls = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        calls.push(call);
        calls.len() - 1
    }

    /// Notes how a call was answered.
    pub(crate) fn answered(&self, place: usize, status: u16) {
        if let Some(call) = self.0.lock().unwrap_or_else(PoisonError::into_inner).get_mut(place) {
            call.status = Some(status);
        }
    }

    /// Every call so far.
    pub(crate) fn all(&self) -> Vec<Call> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Call {
    /// A call that has just come.
    pub(crate) fn new(at: Moment, method: &str, path: &str, route: Option<&Route>) -> Self {
        Self {
            at,
            method: method.into(),
            path: path.into(),
            action: route.map(|route| route.action),
            app: route.and_then(|route| route.app.clone()),
            machine: route.and_then(|route| route.machine.clone()),
            with_nonce: false,
            body: Value::Null,
            status: None,
        }
    }

    /// The same with its body, secrets blanked.
    pub(crate) fn saying(mut self, bytes: &[u8]) -> Self {
        self.body = serde_json::from_slice(bytes).unwrap_or_default();
        if let Some(config) = self.body.get_mut("config") {
            for value in
                config.get_mut("env").and_then(Value::as_object_mut).into_iter().flat_map(|env| env.values_mut())
            {
                *value = Value::from("[redacted]");
            }
            for file in config.get_mut("files").and_then(Value::as_array_mut).into_iter().flatten() {
                if let Some(raw) = file.get_mut("raw_value") {
                    *raw = Value::from("[redacted]");
                }
            }
        }
        self
    }
}
