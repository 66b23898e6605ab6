//! The HTTP side: the real app on a loopback port, asked by a real client. What people script against stays as it is.

mod asking;
mod bodies;
mod contract;
mod doors;
mod far_end;
mod health;
mod limits;
mod metrics;
mod once;
mod raw;
mod secrets;
mod shapes;
mod stage;
mod statuses;
