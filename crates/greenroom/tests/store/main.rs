//! Every function of the store that collects and queues, on both engines: what it promises, done
//! twice, done late, done at the same time. Reading for the API is tested with the API.

#![allow(clippy::unwrap_used)]

mod build;
mod content;
mod hostile;
mod migrations;
mod open;
mod queue;
mod reports;
mod repository;
mod rollup;
mod runs;
#[path = "../support/mod.rs"]
mod support;
