//! The simulated fly.io, seen over HTTP as a client sees it. Every exchange here is held against fly.io's official
//! description.

mod client;
mod demo;
mod edge;
mod faults;
mod hands;
mod leases;
mod lifecycle;
mod limits;
mod refusals;
mod registry;
mod routes;
mod waiting;
