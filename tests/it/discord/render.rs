//! What Discord is sent: every card as it looks there, and that nothing which comes in breaks a limit.

mod button;
mod limits;
mod look;
