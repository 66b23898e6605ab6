//! The real binary, from outside: what scripts and operators rely on, and what the world does to it.
//!
//! To add a kind of surroundings: a file here. How a program is started and followed is in `world::process`.

mod audit;
mod check;
mod database;
mod demo;
mod discord;
mod far_end;
mod init;
mod killing;
mod lines;
#[cfg(target_os = "linux")]
mod measured;
mod memory;
mod run;
mod sharing;
mod slack;
mod stopping;
mod streams;
mod surroundings;
