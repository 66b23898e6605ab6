//! Discord as a chat.

mod render;
