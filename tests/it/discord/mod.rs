//! Discord: the stand-in (`fake`, `rules`, `bots`), how cards look there (`render`), and the program's face there.

mod bots;
mod fake;
mod releasing;
mod render;
mod rules;
