//! Worlds for benchmarks.

use crate::world::World;

/// The owner of the benchmark repository.
pub const OWNER: &str = "acme";
/// The name of the benchmark repository.
pub const NAME: &str = "bench";

/// Many runs.
pub fn world(_runs: usize, _artifacts_per_run: usize, _files_per_artifact: usize) -> World {
    World::new(1)
}
