//! Shipgate carries a build from environment to environment, through gates, on people's word.

pub mod card;
pub mod chat;
pub mod checks;
pub mod clock;
pub mod command;
pub mod domain;
pub mod targets;
pub mod view;
pub mod words;
