//! The demo world.

use crate::world::World;

/// The owner of the demo repository.
pub const OWNER: &str = "acme";
/// The name of the demo repository.
pub const NAME: &str = "checkout";

/// The world.
pub fn world(seed: u64, now_ms: i64) -> World {
    World::at(seed, now_ms)
}

/// Growth.
pub fn grow(_world: &mut World) {}
