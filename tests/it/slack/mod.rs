//! Slack: the stand-in, how cards look there, and the program's face there.

mod commands;
mod endpoint;
mod forms;
mod painting;
mod people;
mod pressing;
mod releasing;
mod render;
mod socket;
