//! Discord: the stand-in (`fake`, `rules`, `bots`), and the program's face there.

mod bots;
mod fake;
mod rules;
