//! Slack: the stand-in, how cards look there, and the program's face there.

mod checking;
mod commands;
mod endpoint;
mod forms;
mod manifest;
mod painting;
mod people;
mod pressing;
mod releasing;
mod render;
mod restarting;
mod socket;
