//! What Slack is sent: every card as it looks there, and that nothing which comes in breaks a limit.

mod limits;
mod look;
