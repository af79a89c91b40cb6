//! RSpec JSON.

use super::{Draft, Head, Input};

/// Whether this is one.
pub(super) fn detect(_head: &Head) -> bool {
    false
}

/// Reads one.
pub(super) fn read(_input: Input, _draft: &mut Draft) {}
