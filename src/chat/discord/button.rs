//! What a button carries: which deployment, which action, which revision, in a custom id.
