//! The analysis room from outside: verdicts over made-up histories beside published figures, and reports of
//! real tools for one run in several formats.

#![allow(clippy::unwrap_used)]

mod formats;
mod simulation;
