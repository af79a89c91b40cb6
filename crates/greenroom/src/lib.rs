//! Greenroom: a self-hosted GitHub Actions test dashboard. See ARCHITECTURE.md for the map; the
//! layer table there is enforced by `tests/tidy.rs`.

#![cfg_attr(test, allow(clippy::unwrap_used))]

#[macro_use]
pub mod mutants;

pub mod analysis;
pub mod api;
pub mod app;
pub mod blobs;
pub mod care;
pub mod clock;
pub mod config;
pub mod events;
pub mod forge;
pub mod history;
pub mod ingest;
pub mod model;
pub mod reader;
pub mod retention;
pub mod store;
pub mod sync;
pub mod tasks;
pub mod web;
