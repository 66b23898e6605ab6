//! What the tests stand on: time that is turned by hand, and the official descriptions of other people's APIs.

pub(crate) mod clock;
pub(crate) mod specs;
