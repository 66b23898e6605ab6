//! Discord: the stand-in, how cards look there, and the program's face there.

mod checking;
mod colliding;
mod commands;
mod completing;
mod deciding;
mod down;
mod endpoint;
mod every_no;
mod fake;
mod forms;
mod gateway;
mod limits;
mod looking;
mod metrics;
mod moving;
mod naming;
mod old_cards;
mod outside;
mod pressing;
mod refusing;
mod registering;
mod releasing;
mod render;
mod restarting;
