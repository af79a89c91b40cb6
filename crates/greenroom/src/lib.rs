//! Greenroom: a self-hosted GitHub Actions test dashboard. See ARCHITECTURE.md for the map; the
//! layer table there is enforced by `tests/tidy.rs`.

#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod blobs;
pub mod clock;
pub mod events;
pub mod forge;
pub mod model;
pub mod store;
