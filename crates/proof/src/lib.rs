//! Proves Greenroom's promises from outside: worlds whose truth is known, faults of every kind at chosen moments, and
//! a checker that compares all that the product shows over HTTP with the truth. Uses the program by its path and
//! nothing of its code.

#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod all;
pub mod database;
pub mod kill;
pub mod lab;
pub mod load;
pub mod mutants;
pub mod network;
pub mod poison;
pub mod postgres;
pub mod product;
pub mod scene;
pub mod strace;
pub mod truth;
pub mod verify;
