//! Discord: the stand-in, how cards look there, and the program's face there.

mod down;
mod endpoint;
mod fake;
mod gateway;
mod metrics;
mod old_cards;
mod releasing;
mod render;
