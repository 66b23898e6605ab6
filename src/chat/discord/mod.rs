//! Discord as a chat.

pub mod button;
pub mod render;
