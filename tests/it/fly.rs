//! The fly.io target against the simulated fly.io, over the wire. Everything that is said on the wire, by either side,
//! is held against the official description.

mod bluegreen;
mod calls;
mod canary;
mod checking;
mod crashing;
mod faults;
mod fence;
mod going_back;
mod immediate;
mod leases;
mod looking;
mod making;
mod registry;
mod rolling;
mod settings;
mod stage;
mod trouble;
mod wire;
