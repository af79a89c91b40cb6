//! Judgement: which test is which, which failures belong together, which report counts, and what is
//! thought of a test. Pure: history in, judgement out; no clock, no I/O. Each algorithm has a version
//! that is stored with what it decided. What is read from where, and what is kept, is left to `history`.

pub mod changepoint;
pub mod fingerprint;
mod frame;
pub mod guard;
pub mod health;
pub mod identity;
pub mod jobs;
mod mask;
pub mod moves;
pub mod novelty;
pub mod overview;
mod proof;
pub mod reconcile;
#[cfg(test)]
mod samples;
pub mod since;
mod sketch;
mod sources;
pub mod statistics;
pub mod trends;
pub mod verdict;

use sha2::{Digest, Sha256};

pub use fingerprint::{FINGERPRINT_VERSION, Fingerprint, fingerprint, similar};
pub use frame::{Frame, innermost};
pub use guard::{is_outage, job_is_guarded};
pub use identity::{IDENTITY_VERSION, Identity, identify, job_variant};
pub use moves::{Title, moves};
pub use novelty::{Sighting, novelty};
pub use reconcile::{Candidate, reconcile};
pub use since::{runs_since, since};
pub use sketch::{Sketch, sketch};
pub use verdict::{VERDICT_VERSION, judge};

/// A key over parts none of which runs into the next.
fn digest(version: i64, parts: &[&str]) -> [u8; 16] {
    let mut hasher = Sha256::new();
    hasher.update(version.to_le_bytes());
    for part in parts {
        hasher.update((part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    let mut key = [0; 16];
    key.copy_from_slice(&hasher.finalize()[..16]);
    key
}
