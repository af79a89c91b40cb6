//! Abuse cases, each a test with the case's id in its name: hostile content and a hostile GitHub on one side, what a
//! reader sees over HTTP on the other. The list of cases is in `tests/tidy/cases.rs`.
//!
//! Content of many cases is mirrored in one poll, beside good artifacts; what came of it is looked at once
//! ([`stage::Seen`]), and every test judges its own part and that nothing else was harmed.

#![allow(clippy::unwrap_used)]

#[path = "../../../artifact/tests/support/mod.rs"]
mod lies;
#[path = "../collector/mirror.rs"]
#[allow(dead_code, unused_macros, unused_imports)]
mod mirror;
#[path = "../support/mod.rs"]
mod support;

mod archives;
mod certificates;
mod github;
mod pictures;
mod readings;
mod stage;
