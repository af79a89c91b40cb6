//! Whether a failure is news or was there before, and the run that shows it. Which sightings there are is left to
//! `history`.

use crate::model::testing::{Novelty, Verdict};
use crate::model::{DAY_MS, Millis};
use std::collections::BTreeSet;

/// How long a failure is remembered.
const MEMORY_MS: i64 = 21 * DAY_MS;
/// Other branches, by as many authors, that make a failure nobody's own.
const LEAST_BRANCHES: usize = 2;

/// A failure of the same test or family somewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sighting {
    /// Run.
    pub run_id: i64,
    /// When the run was created.
    pub at: Millis,
    /// Head branch.
    pub branch: String,
    /// Who caused the run.
    pub author: String,
    /// On the default branch.
    pub on_default: bool,
}

/// Whether a failure is news, and the run that proves it is not. It is known when the default branch had it within
/// 21 days, or two other branches by different authors did. Of a flaky test it is neither.
pub fn novelty(
    verdict: Verdict,
    own_branch: &str,
    own_run: i64,
    at: Millis,
    earlier: &[Sighting],
) -> (Novelty, Option<i64>) {
    let mut seen: Vec<&Sighting> = earlier
        .iter()
        .filter(|sighting| sighting.run_id != own_run && sighting.at <= at && at.since(sighting.at) <= MEMORY_MS)
        .collect();
    seen.sort_by_key(|sighting| std::cmp::Reverse((sighting.at, sighting.run_id)));
    if matches!(verdict, Verdict::Flaky | Verdict::Recovering) {
        return (Novelty::Flaky, seen.first().map(|sighting| sighting.run_id));
    }
    if let Some(sighting) = seen.iter().find(|sighting| sighting.on_default) {
        return (Novelty::Known, Some(sighting.run_id));
    }
    seen.retain(|sighting| sighting.branch != own_branch);
    let branches: BTreeSet<&str> = seen.iter().map(|sighting| sighting.branch.as_str()).collect();
    let authors: BTreeSet<&str> = seen.iter().map(|sighting| sighting.author.as_str()).collect();
    if branches.len() >= LEAST_BRANCHES && authors.len() >= LEAST_BRANCHES {
        return (Novelty::Known, seen.first().map(|sighting| sighting.run_id));
    }
    (Novelty::New, None)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Own run 100 of branch `mine`, 100 days after the epoch.
    fn of(verdict: Verdict, sightings: &[(i64, i64, &str, &str)]) -> (Novelty, Option<i64>) {
        let earlier: Vec<Sighting> = sightings
            .iter()
            .map(|(run_id, days_ago, branch, author)| Sighting {
                run_id: *run_id,
                at: Millis((100 - days_ago) * DAY_MS),
                branch: (*branch).to_owned(),
                author: (*author).to_owned(),
                on_default: *branch == "main",
            })
            .collect();
        novelty(verdict, "mine", 100, Millis(100 * DAY_MS), &earlier)
    }

    #[test]
    fn a_failure_is_news_unless_others_have_it() {
        use Novelty::{Known, New};
        for (sightings, expected) in [
            (&[][..], (New, None)),
            (&[(100, 0, "main", "a")], (New, None)),
            (&[(1, 1, "main", "a"), (2, 20, "main", "a")], (Known, Some(1))),
            (&[(1, 22, "main", "a")], (New, None)),
            (&[(1, -1, "main", "a")], (New, None)),
            (&[(1, 1, "mine", "a"), (2, 2, "mine", "b")], (New, None)),
            (&[(1, 1, "x", "a"), (2, 2, "x", "b")], (New, None)),
            (&[(1, 1, "x", "a"), (2, 2, "y", "a")], (New, None)),
            (&[(1, 3, "x", "a"), (2, 2, "y", "b")], (Known, Some(2))),
            (&[(1, 1, "x", "a"), (2, 30, "y", "b")], (New, None)),
        ] {
            assert_eq!(of(Verdict::Healthy, sightings), expected, "{sightings:?}");
        }
    }

    #[test]
    fn a_flaky_test_brings_no_news() {
        assert_eq!(of(Verdict::Flaky, &[]), (Novelty::Flaky, None));
        assert_eq!(of(Verdict::Flaky, &[(1, 1, "main", "a")]), (Novelty::Flaky, Some(1)));
        assert_eq!(of(Verdict::Recovering, &[]), (Novelty::Flaky, None));
        assert_eq!(of(Verdict::Suspect, &[]), (Novelty::New, None));
        assert_eq!(of(Verdict::Broken, &[(1, 1, "main", "a")]), (Novelty::Known, Some(1)));
    }
}
