//! Discord: the stand-in, how cards look there, and the program's face there.

mod checking;
mod colliding;
mod commands;
mod completing;
mod deciding;
mod fake;
mod limits;
mod looking;
mod outside;
mod pressing;
mod refusing;
mod registering;
mod releasing;
mod render;
mod restarting;
