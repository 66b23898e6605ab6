//! Discord as a chat.

pub mod button;
mod controls;
mod layout;
mod markup;
pub mod render;
