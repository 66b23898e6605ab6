//! Discord: the stand-in, how cards look there, and the program's face there.

mod checking;
mod fake;
mod releasing;
mod render;
