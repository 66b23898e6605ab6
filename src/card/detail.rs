//! The details of a deployment, for those who read its thread.

/// A line about a ledger entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Detail {
    /// The entry's number in its environment's ledger.
    pub seq: u64,
    /// The words, with everything from outside already made harmless.
    pub text: String,
}

/// The lines.
#[must_use]
pub fn details(
    _: &[(u64, crate::domain::Entry)],
    _: &crate::view::DeploymentView,
    _: &crate::words::Words,
) -> Vec<Detail> {
    Vec::new()
}
