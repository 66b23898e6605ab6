//! The details of a deployment, for those who read its thread.

/// A line about a ledger entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Detail {
    /// The entry's number in its environment's ledger.
    pub seq: u64,
    /// The words, with everything from outside already made harmless.
    pub text: String,
}
