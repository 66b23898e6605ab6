//! Shipgate carries a build from environment to environment, through gates, on people's word.

pub mod card;
pub mod chat;
pub mod checks;
pub mod clock;
pub mod command;
pub mod config;
pub mod domain;
pub mod sim;
pub mod observer;
pub mod runner;
pub mod store;
pub mod targets;
pub mod text;
pub mod view;
