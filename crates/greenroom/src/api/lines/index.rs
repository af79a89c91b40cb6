//! Indexes of logs and large texts: made when first asked for, in one streamed pass, and kept in memory for those
//! looked at last. An index is bounded in size, and so is their number.

use super::super::content::{self, Content};
use super::super::{Answer, Problem, Shared};
use artifact::log::{Index, Indexer};
use futures::StreamExt;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{OnceCell, Semaphore};

/// Indexes kept; the largest has about a megabyte, the usual one a few kilobytes.
const KEPT: usize = 64;
/// Indexes made at a time.
const MADE_AT_ONCE: usize = 2;

type Cell = Arc<OnceCell<Arc<Index>>>;

/// The indexes that are kept, the one used last at the end.
#[derive(Debug)]
pub(in super::super) struct LineIndexes {
    kept: Mutex<VecDeque<(String, Cell)>>,
    seats: Semaphore,
}

impl Default for LineIndexes {
    fn default() -> LineIndexes {
        LineIndexes { kept: Mutex::default(), seats: Semaphore::new(MADE_AT_ONCE) }
    }
}

impl LineIndexes {
    /// The place for the index of a content; the same for all who ask at a time.
    fn cell(&self, tag: &str) -> Cell {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let known = kept.iter().position(|(other, _)| other == tag).and_then(|at| kept.remove(at));
        let entry = known.unwrap_or_else(|| (tag.to_owned(), Cell::default()));
        let cell = entry.1.clone();
        kept.push_back(entry);
        if kept.len() > KEPT {
            kept.pop_front();
        }
        cell
    }
}

/// The index of a content. Making it goes on when the client has gone, for it will come back.
pub(super) async fn of(shared: &Shared, content: &Content, is_job_log: bool) -> Answer<Arc<Index>> {
    let cell = shared.line_indexes.cell(content.tag());
    if let Some(index) = cell.get() {
        return Ok(index.clone());
    }
    let (shared, content) = (shared.clone(), content.clone());
    let made = tokio::spawn(async move { cell.get_or_try_init(|| make(&shared, content, is_job_log)).await.cloned() });
    made.await.map_err(Problem::internal)?
}

async fn make(shared: &Shared, content: Content, is_job_log: bool) -> Answer<Arc<Index>> {
    let _seat = shared.line_indexes.seats.acquire().await.map_err(Problem::internal)?;
    let size = content.size();
    let mut pieces = content::bytes_of(&shared.blobs, content, 0..size).await?;
    let mut indexer = Indexer::new(is_job_log);
    while let Some(piece) = pieces.next().await {
        indexer.push(&piece.map_err(Problem::internal)?);
    }
    Ok(Arc::new(indexer.finish()))
}

#[cfg(test)]
mod tests {
    use super::{KEPT, LineIndexes};
    use std::sync::Arc;

    #[test]
    fn the_indexes_used_last_are_kept() {
        let indexes = LineIndexes::default();
        let first = indexes.cell("first");
        for n in 1..KEPT {
            indexes.cell(&n.to_string());
        }
        assert!(Arc::ptr_eq(&first, &indexes.cell("first")), "used again, so it is the newest");
        indexes.cell("one too many");
        assert!(Arc::ptr_eq(&first, &indexes.cell("first")));
        for n in 0..KEPT {
            indexes.cell(&format!("other {n}"));
        }
        assert!(!Arc::ptr_eq(&first, &indexes.cell("first")));
    }
}
