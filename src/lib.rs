//! Shipgate carries a build from environment to environment, through gates, on people's word.

pub mod app;
pub mod card;
pub mod chat;
pub mod checks;
pub mod clock;
pub mod command;
pub mod config;
pub mod demo;
pub mod domain;
pub mod http;
pub mod observer;
pub mod runner;
pub mod service;
pub mod sim;
pub mod store;
pub mod targets;
pub mod text;
pub mod view;
pub mod words;
