//! The whole collector against the pretend GitHub: what a scripted world holds, and what goes wrong
//! on the way, on one side; what is in the store and in the blobs on the other.

#![allow(clippy::unwrap_used)]

#[path = "../support/mod.rs"]
mod support;

mod care;
mod changes;
mod content;
mod history;
mod isolation;
mod keeping;
mod listing;
// `tests/security` uses more of it.
#[allow(dead_code)]
mod mirror;
mod processes;
mod trouble;
