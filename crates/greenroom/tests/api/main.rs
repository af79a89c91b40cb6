//! The HTTP API as a client sees it, on both engines: every list, every byte, every header, and what
//! is refused.

#![allow(clippy::unwrap_used)]

mod badges_and_summaries;
#[path = "../store/build.rs"]
#[allow(dead_code)]
mod build;
mod bytes_of_files;
mod edge;
mod insides;
mod isolation;
mod lines;
mod lists;
mod live;
mod overview;
mod search;
mod served;
mod states;
#[path = "../support/mod.rs"]
mod support;
mod tests_compare;
mod tests_failures;
mod tests_grid;
mod tests_listed;
mod tests_of_runs;
mod thumbnails;
mod told;
mod trends;
