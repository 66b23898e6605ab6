//! Discord: the stand-in, how cards look there, and the program's face there.

mod bots;
mod fake;
mod releasing;
mod render;
mod rules;
