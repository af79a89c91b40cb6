//! Whether there is room for more content: a quota over all that is kept, and a watermark of the disk. While there is
//! none, nothing is fetched; everything else goes on. Once paused, some more room than the limit must be there before
//! it goes on, so that it does not begin and stop with every artifact.

use crate::blobs::{Blobs, Space};
use crate::config::{DiskLimit, LARGE_DISK_BYTES, RoomLimits};
use crate::store::Store;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Percentage points that must be free again beyond the limit before collecting goes on.
const SLACK_PERCENT: f64 = 5.0;
/// How long the sum of all content is believed, in times of what it took to add it up: a large store is not added up for
/// every download, and a small one always is.
const BELIEVED: u32 = 20;

/// What was added up, and when.
#[derive(Clone, Copy, Debug)]
struct Counted {
    at: Instant,
    took: Duration,
    bytes: u64,
}

/// Says whether there is room. Clones share what they know.
#[derive(Clone, Debug)]
pub struct Room {
    limits: RoomLimits,
    store: Store,
    blobs: Blobs,
    is_paused: Arc<AtomicBool>,
    counted: Arc<Mutex<Option<Counted>>>,
}

impl Room {
    /// Room within these limits.
    pub fn new(limits: RoomLimits, store: Store, blobs: Blobs) -> Room {
        Room { limits, store, blobs, is_paused: Arc::default(), counted: Arc::default() }
    }

    /// Whether more may be kept right now.
    ///
    /// # Errors
    /// Which limit is reached, in words; or that the database does not answer.
    pub async fn left(&self) -> anyhow::Result<()> {
        let is_paused = self.is_paused.load(Ordering::Relaxed);
        let refusal = match self.over_quota(is_paused).await? {
            Some(refusal) => Some(refusal),
            None => self.over_watermark(is_paused),
        };
        self.is_paused.store(refusal.is_some(), Ordering::Relaxed);
        metrics::gauge!("greenroom_disk_paused").set(f64::from(u8::from(refusal.is_some())));
        refusal.map_or(Ok(()), |refusal| Err(anyhow::Error::msg(refusal)))
    }

    async fn over_quota(&self, is_paused: bool) -> anyhow::Result<Option<String>> {
        let Some(most) = self.limits.max_content_bytes else { return Ok(None) };
        let used = self.content_bytes().await?;
        let limit = if is_paused { most - most / 20 } else { most };
        Ok((used >= limit)
            .then(|| format!("{} MB are kept, and MAX_STORAGE_GB allows {} MB", used / 1_000_000, most / 1_000_000)))
    }

    async fn content_bytes(&self) -> anyhow::Result<u64> {
        let known = *self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(Counted { bytes, .. }) = known.filter(|known| known.at.elapsed() < known.took * BELIEVED) {
            return Ok(bytes);
        }
        let begin = Instant::now();
        let bytes = u64::try_from(self.store.content_bytes().await?).unwrap_or(0);
        metrics::gauge!("greenroom_blob_bytes").set(bytes as f64);
        *self.counted.lock().unwrap_or_else(PoisonError::into_inner) =
            Some(Counted { at: Instant::now(), took: begin.elapsed(), bytes });
        Ok(bytes)
    }

    fn over_watermark(&self, is_paused: bool) -> Option<String> {
        if self.limits.min_free_bytes.is_none() && self.limits.max_used_percent.is_none() {
            return None;
        }
        // A place that cannot say how full it is says so when something is kept there.
        let space = self.blobs.space().ok()?;
        metrics::gauge!("greenroom_disk_free_bytes").set(space.free_bytes as f64);
        over(&self.limits, space, is_paused)
    }
}

/// Which limit of the disk is reached.
fn over(limits: &RoomLimits, space: Space, is_paused: bool) -> Option<String> {
    let free_mb = space.free_bytes / 1_000_000;
    let is_large = space.total_bytes >= LARGE_DISK_BYTES;
    if let Some(DiskLimit { limit, is_usual }) = limits.min_free_bytes {
        let least = limit + if is_paused { limit / 4 } else { 0 };
        if (is_large || !is_usual) && space.free_bytes < least {
            let least_mb = least / 1_000_000;
            return Some(format!(
                "{free_mb} MB are free on the disk, and {least_mb} MB are asked for (MIN_FREE_DISK_GB)"
            ));
        }
    }
    let DiskLimit { limit, is_usual } = limits.max_used_percent?;
    let most = limit as f64 - if is_paused { SLACK_PERCENT } else { 0.0 };
    let counts = !is_usual || (is_large && space.free_bytes < LARGE_DISK_BYTES);
    let used = space.used_percent();
    (counts && used >= most).then(|| {
        format!("{used:.0} % of the disk are used ({free_mb} MB free), and {most:.0} % are allowed (MAX_DISK_PERCENT)")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const GB: u64 = 1_000_000_000;

    fn space(total: u64, free: u64) -> Space {
        Space { total_bytes: total * GB, free_bytes: free * GB, total_files: 0, free_files: 0 }
    }

    #[test]
    fn o10_the_watermark_pauses_at_its_limits_and_goes_on_with_some_room_to_spare() {
        let limits = |is_usual| RoomLimits {
            max_content_bytes: None,
            min_free_bytes: Some(DiskLimit { limit: 2 * GB, is_usual }),
            max_used_percent: Some(DiskLimit { limit: 90, is_usual }),
        };
        let (usual, asked, off) = (limits(true), limits(false), RoomLimits::default());
        let cases = [
            (usual, space(100, 50), false, false),
            (usual, space(100, 9), false, true),
            (usual, space(100, 12), false, false),
            (usual, space(100, 12), true, true),
            (usual, space(100, 16), true, false),
            (usual, space(4_000, 100), false, false),
            (asked, space(4_000, 100), false, true),
            (usual, space(4_000, 1), false, true),
            (asked, space(4_000, 1), false, true),
            (usual, space(10, 0), false, false),
            (asked, space(10, 1), false, true),
            (off, space(100, 0), false, false),
        ];
        for (limits, space, is_paused, is_over) in cases {
            assert_eq!(over(&limits, space, is_paused).is_some(), is_over, "{limits:?} {space:?} {is_paused}");
        }
    }
}
