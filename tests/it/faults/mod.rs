//! What goes wrong at fly.io, as people meet it: the program as it ships, and what its card says at the end. The whole
//! list, with where each fault ends, is a table in ARCHITECTURE.md; what the target does on the wire is in `tests/it/fly/`.

mod endings;
mod people;
mod replacing;
mod traffic;
