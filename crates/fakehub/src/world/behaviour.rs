//! Switches for what could not be verified about GitHub, and for what differs between installations.

/// What `jobs?filter=latest` means. Both were observed over time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LatestJobs {
    /// The jobs of the last attempt only (since May 2025).
    LastAttempt,
    /// The latest result of every job name over all attempts (before).
    LatestPerJob,
}

/// How jobs that were not re-run show up in the next attempt after "re-run failed jobs".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CarriedOverJobs {
    /// As copies with ids of their own.
    FreshIds,
    /// As the same jobs with the same ids.
    SameIds,
    /// Not at all.
    Absent,
}

/// Every unconfirmed assumption in one place.
#[derive(Clone, Debug)]
pub struct Behaviour {
    /// The meaning of `filter=latest`. Default: the last attempt only.
    pub latest_jobs: LatestJobs,
    /// What happens to jobs that are not re-run. Default: copies with fresh ids.
    pub carried_over_jobs: CarriedOverJobs,
    /// Whether a full re-run deletes the artifacts of the attempt before. Default: no.
    pub rerun_clears_artifacts: bool,
    /// How far the search index behind filtered listings lags, in ms. Default: 0.
    pub search_lag_ms: i64,
    /// Whether filtered listings clamp `total_count` to their 1,000 cap. Default: no.
    pub search_total_clamped: bool,
    /// Whether an answer 304 costs primary quota. Default: no.
    pub not_modified_costs: bool,
    /// Whether listings with `per_page` above 50 answer 502, as seen on big run lists. Default: no.
    pub large_pages_fail: bool,
    /// Whether a request inside a limit window bans the token for an hour. Default: no. Such requests are counted
    /// by [`World::violations`](super::World::violations) either way.
    pub ban_on_violation: bool,
    /// Whether the blob store ignores `bytes=-n` and answers 200 with everything, as Azure does. Default: yes.
    pub suffix_ranges_ignored: bool,
    /// Points per minute before the secondary limit binds. Default: none, because tests freeze the clock; GitHub says 900.
    pub points_per_minute: Option<u32>,
    /// Requests in flight before the secondary limit binds. Default: 100.
    pub max_in_flight: usize,
    /// How long a signed URL lives. Default: 10 minutes.
    pub signed_url_ms: i64,
    /// Whether logs end their lines with CR LF. Default: no.
    pub crlf_logs: bool,
    /// How far the `Date` header is off. Default: 0.
    pub date_skew_ms: i64,
    /// How many items deep unfiltered listings go. Default: 40,000.
    pub listing_cap: usize,
    /// How many items deep filtered listings go. Default: 1,000.
    pub search_cap: usize,
    /// How long artifacts live, in days. Default: 90.
    pub artifact_retention_days: i64,
    /// Whether rate limits exist at all; GHES has them off. Default: yes.
    pub rate_limits: bool,
}

impl Default for Behaviour {
    fn default() -> Behaviour {
        Behaviour {
            latest_jobs: LatestJobs::LastAttempt,
            carried_over_jobs: CarriedOverJobs::FreshIds,
            rerun_clears_artifacts: false,
            search_lag_ms: 0,
            search_total_clamped: false,
            not_modified_costs: false,
            large_pages_fail: false,
            ban_on_violation: false,
            suffix_ranges_ignored: true,
            points_per_minute: None,
            max_in_flight: 100,
            signed_url_ms: 600_000,
            crlf_logs: false,
            date_skew_ms: 0,
            listing_cap: 40_000,
            search_cap: 1_000,
            artifact_retention_days: 90,
            rate_limits: true,
        }
    }
}
