//! Shipgate carries a build from environment to environment, through gates, on people's word.
//!
//! This page is the map. `README.md` says how to use it; `ARCHITECTURE.md` says how it is built and why, with each
//! invariant, the place that upholds it and the test that shows it.
//!
//! # Words (one word, one meaning; the same in code, chat and documents)
//!
//! | word | means |
//! |---|---|
//! | app | a thing that gets released |
//! | environment | a place where an app runs; an app's environments are ordered, each has exactly one target |
//! | release | a version: an immutable artifact (an image digest), with its commit. Never changes once made |
//! | deployment | one run of taking an environment to a release: deploy (the first environment), promote (a later one), rollback |
//! | plan | what a deployment will do, frozen when it leaves *queued*: gates, watch, the release to fall back to |
//! | gate | a condition a deployment must pass, before the rollout or after it |
//! | check | a question asked of the outside world: as a gate, and as a sample of a watch |
//! | rollout, restore | the target's work of replacing what runs; of putting back what ran |
//! | watch | the time after the gates in which rules over samples can go back by themselves |
//! | target, strategy | where the software runs; how it is replaced |
//! | lock | an environment held by a person, or by Shipgate itself when it needs people |
//! | quarantine | an app's artifacts, by digest, barred from every environment because they were rolled back |
//! | evidence | the recorded success of a release in an environment |
//! | event, effect, refusal | something that happened; something to do outside; a no with a code |
//! | lane | effects that must not overtake each other; the target's effects of an environment share one |
//! | attempt, fence | an environment's counter of target effects; the target's refusal of an older attempt |
//! | claim | the runner's time-limited right to one effect |
//! | journal | the record of machines as they were before a rollout changed them |
//! | ledger, entry, mark | an environment's append-only, hash-chained list; one line of it; the first 8 characters of its head |
//! | card | a chat-neutral message: title, tone, rows, progress, buttons |
//!
//! # The way through the house
//!
//! ```text
//!  person ── line, button ──▶ chat ─┐
//!  CI ── token ─────────────▶ http ─┤
//!                                   ▼
//!                     command ──▶ service ──▶ domain::step (pure) ──▶ store
//!                                    ▲                                 one commit: state + ledger + effects
//!                           result as │ event                           │ due effects
//!                                    runner ◀──────────────────────────┘
//!                                      ├─ look, roll out, restore ─▶ targets
//!                                      ├─ ask ─────────────────────▶ checks
//!                                      └─ show, say ───────────────▶ chat
//! ```
//!
//! # What always holds
//!
//! 1. At most one deployment of an environment is past *entering*; at most one effect of a lane is worked on.
//! 2. Nothing is rolled out without evidence from the environment before, unless it is a rollback.
//! 3. An approval counts once, for one plan, from another person where the plan says so, until it expires.
//! 4. *Succeeded* and *rolled back* are never shown before they are so.
//! 5. A rollback is held by no gate before it, approval, lock or queue, and is never itself rolled back.
//! 6. Nothing waits in silence: every phase has a pending effect, a deadline, or a person to wait for.
//! 7. Folding the ledger gives the stored row, and the chain verifies.
//! 8. What ended before its rollout touched nothing.
//!
//! # Reading order
//!
//! Start with [`domain`]: `environment.rs`, `deployment.rs`, `event.rs`, `effect.rs`, then `step` in `mod.rs`, beside a story in
//! `tests/it/stories/`. Then [`service`]'s `advance` and [`store`]'s `advance.rs`, which make a step durable; then
//! [`runner`], which does what was decided; then one adapter, [`targets::fly`].
//!
//! The core and what it is said in:
//! * [`domain`]: the core. Pure; decides everything
//! * [`command`]: every user command, once
//! * [`view`]: what people are shown, before it has words
//! * [`card`]: from a view to a card; the only place that chooses words
//! * [`words`]: the words, in every language, from `locales/`
//! * [`text`]: text from outside, made fit to be shown
//! * [`picture`]: numbers over time as a picture, without words
//!
//! What makes it durable and makes it happen:
//! * [`service`]: commands and results in, one commit each; queries
//! * [`store`]: the only SQL
//! * [`runner`]: claims due effects, calls adapters, hands back what came of it
//! * [`observer`]: the one seam: who watches store and runner at each boundary
//! * [`clock`]: the only clock
//! * [`finding`]: what `shipgate check` found out about one part of the world
//! * [`metrics`]: what operators can count
//!
//! The far ends:
//! * [`targets`]: where software runs (fly.io)
//! * [`checks`]: questions to the world (http)
//! * [`chat`]: where people type, press and read (Discord, the terminal)
//! * [`http`]: health, readiness, metrics, the JSON API, the chats' own addresses
//!
//! Put together:
//! * [`config`]: the file, the environment variables, who is who
//! * [`app`]: the composition root
//! * [`demo`]: all of it in one process
//! * [`init`]: a first config out of a few answers
//! * [`sim`]: the simulated fly.io; shares no type with its client

pub mod card;
pub mod command;
pub mod domain;
pub mod picture;
pub mod text;
pub mod view;
pub mod words;

pub mod clock;
pub mod finding;
pub mod metrics;
pub mod observer;
pub mod runner;
pub mod service;
pub mod store;

pub mod chat;
pub mod checks;
pub mod http;
pub mod targets;

pub mod app;
pub mod config;
pub mod demo;
pub mod init;
pub mod sim;
