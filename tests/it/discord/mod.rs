//! Discord: the stand-in, and the program's face there.

mod fake;
