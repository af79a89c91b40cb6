//! The program as its user meets it: a process of its own with settings, output, an exit code and an
//! address; killed, stopped, out of space, and searched for the token.

#![allow(clippy::unwrap_used)]

mod care;
mod commands;
mod crashes;
mod isolation;
mod place;
mod secrets;
mod settings;
mod space;
