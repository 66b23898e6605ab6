//! Values under numbers.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use serde::Serialize;

/// Values under numbers: equal ones have the same.
pub(super) struct Pool<T>(RwLock<Numbered<T>>);

/// By their text, and by their numbers.
type Numbered<T> = (HashMap<String, u32>, Vec<Arc<T>>);

impl<T: Serialize> Pool<T> {
    pub(super) fn new() -> Self {
        Self(RwLock::default())
    }

    pub(super) fn put(&self, value: T) -> u32 {
        let key = serde_json::to_string(&value).expect("JSON");
        let mut inner = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = inner.0.get(&key) {
            return *known;
        }
        let number = u32::try_from(inner.1.len()).expect("few enough");
        inner.1.push(Arc::new(value));
        inner.0.insert(key, number);
        number
    }

    pub(super) fn get(&self, number: u32) -> Arc<T> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner).1[number as usize])
    }
}
