//! What the tests stand on: time that is turned by hand, the real binary, and the official descriptions of other people's
//! APIs.

pub(crate) mod clock;
pub(crate) mod process;
pub(crate) mod specs;
