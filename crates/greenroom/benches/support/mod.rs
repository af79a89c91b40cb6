//! What the benchmarks share: the pretend GitHub in a process of its own, the product's program, and tables.
//!
//! A benchmark calls [`serve_if_asked`] first: the pretend GitHub is the benchmark's own program started once more,
//! so that its time and memory are not counted as ours.

#![allow(dead_code, unused_imports, reason = "each benchmark uses its own part of this")]

pub mod client;
pub mod hub;
pub mod program;
pub mod table;

pub use client::Client;
pub use hub::{Hub, serve_if_asked};
pub use program::{Measured, Program};
pub use table::{Table, median, percentile, ratio};
