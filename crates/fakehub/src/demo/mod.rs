//! The demo world: a team's repository with a month of history that hangs together, and a present in which new runs
//! keep appearing. The past is played by the same rules as the present, only faster.

pub mod artifacts;
pub mod canvas;
pub mod cast;
pub mod facts;
pub mod failures;
pub mod jobs;
pub mod junit;
pub mod logs;
pub mod measurements;
pub mod pages;
pub mod playwright;
mod present;
pub mod reports;
mod runners;
pub mod samples;
mod scenes;
pub mod screens;
mod story;
#[cfg(test)]
mod tests;
pub mod trace;

use crate::world::World;

/// The owner of the demo repository.
pub const OWNER: &str = "acme";
/// The name of the demo repository.
pub const NAME: &str = "checkout";

/// The repository as it stands at `now_ms`, with 30 days of history. The clock stands still until told otherwise; once
/// it moves, new runs keep appearing.
pub fn world(seed: u64, now_ms: i64) -> World {
    story::tell(seed, now_ms)
}

/// Lets new runs appear as virtual time passes, from now on and for ever. A demo world does so by itself a second after
/// its clock has begun to move; calling this is never wrong and never doubles the pace.
pub fn grow(world: &mut World) {
    present::go_on(world);
}
