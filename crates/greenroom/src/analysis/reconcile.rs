//! Which of a run's reports count, so that one execution told twice is counted once. When in doubt both count.
//! Reading reports and keeping the answer are left to others.

use super::sketch::{Entries, Overlap};
pub use super::sketch::{Sketch, sketch};
use crate::model::results::Standing;
use std::collections::{BTreeMap, HashMap};

/// Cases that must be comparable when a sketch holds but a part of its report.
const LEAST_COMPARABLE: usize = 30;
/// Cases by which a small report is found in one of another format and more than twice its size.
const LEAST_IN_LARGER: usize = 5;
/// Keys by which a report looks for one that may contain it.
const PROBES: usize = 16;
/// Share that must be contained across formats, which differ in what they call a case.
const CONTAINED_ACROSS_FORMATS: f64 = 0.90;
/// Share of durations that must agree across formats.
const DURATIONS_ACROSS_FORMATS: f64 = 0.80;
/// Share that must be contained to the millisecond within a format.
const EXACT_WITHIN_FORMAT: f64 = 0.95;
/// Chance agreement of the durations must be rarer than one in 256.
const LEAST_SURPRISE_BITS: f64 = 8.0;
/// Least cases by which reports of one artifact with but trivial durations are taken for the same.
const LEAST_TRIVIAL_CASES: i64 = 10;

/// A report of a run that may count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Ours.
    pub report_id: i64,
    /// Artifact it is in.
    pub artifact_id: i64,
    /// That artifact's name.
    pub artifact_name: String,
    /// Path within the artifact.
    pub path: String,
    /// Attempt, where it is known.
    pub attempt: Option<i64>,
    /// Format it was read as.
    pub format: String,
    /// Cases.
    pub total: i64,
    /// Failed cases.
    pub failed: i64,
    /// See [`sketch`](super::sketch()).
    pub sketch: Vec<u8>,
    /// How much the format tells: higher is richer.
    pub rank: i64,
    /// Equal for equal bytes.
    pub content_key: i64,
}

/// How each report of a run counts, in the order given, and the report that counts in its stead.
pub fn reconcile(reports: &[Candidate]) -> Vec<(Standing, Option<i64>)> {
    let mut answer = vec![(Standing::Counted, None); reports.len()];
    supersede(reports, &mut answer);
    let entries: Vec<Entries> = reports.iter().map(|report| Entries::decode(&report.sketch)).collect();
    drop_equal_bytes(reports, &entries, &mut answer);
    Absorption::new(reports, &entries, Standing::Counted).run(&mut answer);
    // What an earlier attempt told twice is history twice.
    Absorption::new(reports, &entries, Standing::Superseded).run(&mut answer);
    settle(reports, &mut answer);
    answer
}

/// A later attempt's report of the same name and path takes the place of earlier ones.
fn supersede(reports: &[Candidate], answer: &mut [(Standing, Option<i64>)]) {
    let mut latest: HashMap<(&str, &str), (i64, i64)> = HashMap::new();
    for report in reports {
        let Some(attempt) = report.attempt else { continue };
        let newest = latest.entry((&report.artifact_name, &report.path)).or_insert((attempt, report.report_id));
        *newest = (*newest).max((attempt, report.report_id));
    }
    for (report, answer) in reports.iter().zip(answer) {
        let Some(attempt) = report.attempt else { continue };
        if let Some((_, successor)) =
            latest.get(&(report.artifact_name.as_str(), report.path.as_str())).filter(|(newest, _)| *newest > attempt)
        {
            *answer = (Standing::Superseded, Some(*successor));
        }
    }
}

/// Equal bytes are one report, stored twice. Across artifacts only where they tell different durations, which
/// separate executions would not repeat: a listing of bare names is the same for every job of a matrix.
fn drop_equal_bytes(reports: &[Candidate], entries: &[Entries], answer: &mut [(Standing, Option<i64>)]) {
    let mut order: Vec<usize> = (0..reports.len()).filter(|at| answer[*at].0 == Standing::Counted).collect();
    order.sort_by_key(|at| (reports[*at].attempt, reports[*at].report_id));
    let mut originals: HashMap<(i64, i64, &str), Vec<usize>> = HashMap::new();
    for at in order {
        let report = &reports[at];
        let originals = originals.entry((report.content_key, report.total, &report.format)).or_default();
        let is_told_apart = entries[at].durations_differ();
        let twin = originals.iter().find(|twin| is_told_apart || reports[**twin].artifact_id == report.artifact_id);
        match twin {
            Some(twin) => answer[at] = (Standing::Duplicate, Some(reports[*twin].report_id)),
            None => originals.push(at),
        }
    }
}

/// A report that counts points to none that does not: chains are followed to their end.
fn settle(reports: &[Candidate], answer: &mut [(Standing, Option<i64>)]) {
    let place: HashMap<i64, usize> = reports.iter().enumerate().map(|(at, report)| (report.report_id, at)).collect();
    for at in 0..answer.len() {
        if answer[at].0 != Standing::Duplicate {
            continue;
        }
        for _ in 0..answer.len() {
            let next = answer[at].1.and_then(|id| place.get(&id)).and_then(|next| answer[*next].1);
            let Some(next) = next else { break };
            answer[at].1 = Some(next);
        }
    }
}

/// The search for reports that tell what others tell as well, largest first.
struct Absorption<'a> {
    reports: &'a [Candidate],
    entries: &'a [Entries],
    /// Among reports that stand so.
    standing: Standing,
    /// By key, reports that count so far.
    index: HashMap<u64, Vec<usize>>,
    /// By report and format, cases of that format the report stands for already. No report stands for more
    /// cases of a format than it has itself: of two alike, the second is another execution.
    load: HashMap<(usize, &'a str), i64>,
}

impl<'a> Absorption<'a> {
    fn new(reports: &'a [Candidate], entries: &'a [Entries], standing: Standing) -> Absorption<'a> {
        Absorption { reports, entries, standing, index: HashMap::new(), load: HashMap::new() }
    }

    fn run(&mut self, answer: &mut [(Standing, Option<i64>)]) {
        let reports = self.reports;
        let mut order: Vec<usize> =
            (0..reports.len()).filter(|at| answer[*at].0 == self.standing && reports[*at].total > 0).collect();
        order.sort_by_key(|at| {
            let report = &reports[*at];
            (std::cmp::Reverse(report.total), std::cmp::Reverse(report.rank), report.report_id)
        });
        // Reports of one artifact first: they are of one job for certain.
        for within_artifact in [true, false] {
            self.index.clear();
            for at in order.clone() {
                if answer[at].0 != self.standing {
                    continue;
                }
                match self.absorber(at, within_artifact) {
                    Some(into) if self.is_preferred(at, into) => self.replace(into, at, answer),
                    Some(into) => self.absorb(at, into, answer),
                    None => self.remember(at),
                }
            }
        }
    }

    fn remember(&mut self, at: usize) {
        for key in self.entries[at].first_keys(usize::MAX) {
            self.index.entry(key).or_default().push(at);
        }
    }

    fn absorb(&mut self, at: usize, into: usize, answer: &mut [(Standing, Option<i64>)]) {
        answer[at] = (Standing::Duplicate, Some(self.reports[into].report_id));
        *self.load.entry((into, &self.reports[at].format)).or_default() += self.reports[at].total;
    }

    /// A richer report of about the same size counts in the stead of the larger one.
    fn is_preferred(&self, at: usize, over: usize) -> bool {
        let (one, other) = (&self.reports[at], &self.reports[over]);
        one.rank > other.rank && one.total * 10 >= other.total * 9
    }

    fn replace(&mut self, old: usize, new: usize, answer: &mut [(Standing, Option<i64>)]) {
        let taken: Vec<(&str, i64)> =
            self.load.iter().filter(|((at, _), _)| *at == old).map(|((_, format), load)| (*format, *load)).collect();
        for (format, load) in taken {
            *self.load.entry((new, format)).or_default() += load;
        }
        self.absorb(old, new, answer);
        for reports in self.index.values_mut() {
            reports.retain(|at| *at != old);
        }
        self.remember(new);
    }

    /// The report that tells what this one tells, if there is one. Among several the one that is most alike.
    fn absorber(&self, at: usize, within_artifact: bool) -> Option<usize> {
        let report = &self.reports[at];
        let mut votes: BTreeMap<usize, usize> = BTreeMap::new();
        for other in self.entries[at].first_keys(PROBES).filter_map(|key| self.index.get(&key)).flatten() {
            *votes.entry(*other).or_default() += 1;
        }
        let fits = |into: &usize| {
            let other = &self.reports[*into];
            let load = self.load.get(&(*into, report.format.as_str())).copied().unwrap_or(0);
            // A sum that was made anew holds what earlier attempts had told already.
            let is_of_its_time =
                other.attempt == report.attempt || (other.attempt > report.attempt && other.format == report.format);
            is_of_its_time
                && (other.artifact_id == report.artifact_id) == within_artifact
                && (load + report.total) * 10 <= other.total * 11
        };
        let alike = votes.into_keys().filter(fits).filter_map(|into| {
            let overlap = self.entries[at].overlap(&self.entries[into]);
            is_same(report, &self.reports[into], &overlap, &self.entries[at]).then_some((into, overlap))
        });
        let closeness = |overlap: &Overlap, into: usize| {
            (overlap.exact, overlap.near, std::cmp::Reverse(self.reports[into].report_id))
        };
        alike.max_by_key(|(into, overlap)| closeness(overlap, *into)).map(|(into, _)| into)
    }
}

/// Whether the smaller report tells executions that the larger one tells as well.
fn is_same(smaller: &Candidate, larger: &Candidate, overlap: &Overlap, entries: &Entries) -> bool {
    let is_whole = overlap.comparable as i64 >= smaller.total.min(i64::from(u16::MAX));
    if overlap.comparable == 0 || !(is_whole || overlap.comparable >= LEAST_COMPARABLE) {
        return false;
    }
    let same_artifact = smaller.artifact_id == larger.artifact_id;
    if smaller.format == larger.format {
        let is_trivial_twin = same_artifact
            && smaller.total == larger.total
            && smaller.total >= LEAST_TRIVIAL_CASES
            && overlap.exact == overlap.comparable
            && entries.keys_are_unique()
            && entries.durations_differ();
        // Jobs of a matrix run the same tests: only durations can tell.
        overlap.exactness() >= EXACT_WITHIN_FORMAT && (overlap.surprise_bits >= LEAST_SURPRISE_BITS || is_trivial_twin)
    } else {
        // A few cases are found in a large report by the chance of their names.
        let is_few = overlap.contained < LEAST_IN_LARGER && smaller.total * 2 < larger.total;
        !is_few && is_same_across_formats(overlap, same_artifact)
    }
}

fn is_same_across_formats(overlap: &Overlap, same_artifact: bool) -> bool {
    let is_contained = overlap.containment() >= CONTAINED_ACROSS_FORMATS;
    // Formats without durations are believed within one artifact only.
    let agrees = if overlap.timed == 0 { same_artifact } else { overlap.agreement() >= DURATIONS_ACROSS_FORMATS };
    is_contained && agrees
}

#[cfg(test)]
mod tests {
    use super::*;
    use artifact::report::{Case, Draft, Format, Limits, Report, Status};

    /// A report of cases with these durations, each of a name of its own.
    fn report(format: Format, suite: &str, durations: impl IntoIterator<Item = Option<u64>>) -> Report {
        let mut draft = Draft::new(format, &Limits::default());
        for (at, duration_ms) in durations.into_iter().enumerate() {
            draft.push(Case { suite: suite.into(), name: format!("case {at}"), duration_ms, ..Case::default() });
        }
        draft.finish()
    }

    fn candidate(report_id: i64, artifact_id: i64, report: &Report, rank: i64) -> Candidate {
        let failed = report.cases.iter().filter(|case| case.status == Status::Failed).count() as i64;
        Candidate {
            report_id,
            artifact_id,
            artifact_name: format!("artifact-{artifact_id}"),
            path: format!("report-{report_id}.xml"),
            attempt: Some(1),
            format: report.format.as_str().to_owned(),
            total: report.cases.len() as i64,
            failed,
            sketch: sketch(report),
            rank,
            content_key: report_id,
        }
    }

    /// Durations drawn from a little generator.
    fn durations(seed: u64, count: u64, up_to: u64) -> Vec<Option<u64>> {
        (0..count)
            .map(|at| {
                let mixed = (seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ at.wrapping_mul(0xbf58_476d_1ce4_e5b9)) >> 7;
                Some(mixed.wrapping_mul(0x94d0_49bb_1331_11eb) % (up_to + 1))
            })
            .collect()
    }

    fn standings(candidates: &[Candidate]) -> Vec<(Standing, Option<i64>)> {
        reconcile(candidates)
    }

    fn counted(candidates: &[Candidate]) -> Vec<i64> {
        reconcile(candidates)
            .iter()
            .zip(candidates)
            .filter(|((standing, _), _)| *standing == Standing::Counted)
            .map(|(_, candidate)| candidate.report_id)
            .collect()
    }

    #[test]
    fn a_later_attempt_supersedes_the_same_artifact_and_path() {
        let first = candidate(1, 1, &report(Format::Junit, "a", durations(1, 20, 900)), 1);
        let mut second = candidate(2, 2, &report(Format::Junit, "a", durations(2, 20, 900)), 1);
        second.attempt = Some(2);
        (second.artifact_name, second.path) = (first.artifact_name.clone(), first.path.clone());
        let mut third = Candidate { report_id: 3, attempt: Some(3), content_key: 3, ..second.clone() };
        assert_eq!(
            standings(&[second.clone(), first.clone(), third.clone()]),
            [(Standing::Superseded, Some(3)), (Standing::Superseded, Some(3)), (Standing::Counted, None)]
        );
        third.path = "other.xml".into();
        assert_eq!(counted(&[first, second]), [2]);
    }

    #[test]
    fn an_earlier_attempt_that_told_twice_is_told_once() {
        let one = |id, artifact, attempt, format, seed| Candidate {
            attempt: Some(attempt),
            artifact_name: "results".into(),
            path: format!("{format:?}"),
            ..candidate(
                id,
                artifact,
                &report(format, "a", durations(seed, 20, 900)),
                if format == Format::Junit { 1 } else { 9 },
            )
        };
        let reports = [
            one(1, 1, 1, Format::Junit, 1),
            one(2, 1, 1, Format::Playwright, 1),
            one(3, 2, 2, Format::Junit, 2),
            one(4, 2, 2, Format::Playwright, 2),
        ];
        let found: Vec<Standing> = standings(&reports).into_iter().map(|(standing, _)| standing).collect();
        use Standing::{Counted, Duplicate, Superseded};
        assert_eq!(found, [Duplicate, Superseded, Duplicate, Counted]);
    }

    #[test]
    fn a_shard_of_an_earlier_attempt_is_in_the_sum_made_anew() {
        let kept = durations(1, 20, 900);
        let again = durations(3, 20, 900);
        let shard =
            Candidate { attempt: Some(1), ..candidate(1, 1, &report(Format::Playwright, "a", kept.clone()), 1) };
        let both = report(Format::Playwright, "a", kept.into_iter().chain(again));
        let merged = Candidate { attempt: Some(2), ..candidate(2, 2, &both, 1) };
        assert_eq!(counted(&[shard.clone(), merged.clone()]), [2]);
        let later = Candidate { attempt: Some(3), ..shard };
        assert_eq!(counted(&[later, merged]), [1, 2], "a sum holds nothing of what came after it");
    }

    #[test]
    fn equal_bytes_are_one_report() {
        let one = candidate(1, 1, &report(Format::Junit, "a", durations(1, 20, 900)), 1);
        let other = Candidate { report_id: 2, artifact_id: 2, path: "copy.xml".into(), ..one.clone() };
        assert_eq!(standings(&[other, one]), [(Standing::Duplicate, Some(1)), (Standing::Counted, None)]);
    }

    #[test]
    fn equal_listings_of_two_jobs_both_count() {
        let one = candidate(1, 1, &report(Format::Tap, "a", vec![None; 20]), 1);
        let other = Candidate { report_id: 2, artifact_id: 2, ..one.clone() };
        assert_eq!(counted(&[one.clone(), other.clone()]), [1, 2]);
        let beside = Candidate { artifact_id: 1, ..other };
        assert_eq!(counted(&[one, beside]), [1]);
        let quick = candidate(1, 1, &report(Format::Junit, "a", durations(1, 20, 2)), 1);
        let merged = Candidate { report_id: 2, artifact_id: 2, ..quick.clone() };
        assert_eq!(counted(&[quick, merged]), [1], "the same file in the job's artifact and in one for all");
    }

    #[test]
    fn one_run_in_two_formats_counts_once_as_the_richer() {
        let times = durations(7, 50, 3000);
        let rounded = times.iter().map(|ms| ms.map(|ms| ms / 10 * 10)).collect::<Vec<_>>();
        for other_artifact in [1, 2] {
            let junit = candidate(1, 1, &report(Format::Junit, "cart", times.clone()), 1);
            let json = candidate(2, other_artifact, &report(Format::Jest, "src/cart.ts > cart", rounded.clone()), 5);
            assert_eq!(
                standings(&[junit, json]),
                [(Standing::Duplicate, Some(2)), (Standing::Counted, None)],
                "{other_artifact}"
            );
        }
    }

    #[test]
    fn the_larger_counts_where_sizes_differ() {
        let times = durations(7, 50, 3000);
        let part = candidate(1, 1, &report(Format::Playwright, "cart", times[..20].to_vec()), 9);
        let whole = candidate(2, 1, &report(Format::Junit, "cart", times), 1);
        assert_eq!(standings(&[part, whole]), [(Standing::Duplicate, Some(2)), (Standing::Counted, None)]);
    }

    #[test]
    fn other_outcomes_are_another_execution() {
        let times = durations(7, 50, 3000);
        let one = report(Format::Junit, "cart", times.clone());
        let mut other = report(Format::Ctrf, "cart", times);
        for case in other.cases.iter_mut().take(10) {
            case.status = Status::Failed;
        }
        assert_eq!(counted(&[candidate(1, 1, &one, 1), candidate(2, 1, &other, 2)]), [1, 2]);
    }

    #[test]
    fn without_durations_one_artifact_is_believed_and_two_are_not() {
        let tap = report(Format::Tap, "cart", vec![None; 20]);
        let json = report(Format::Mocha, "cart", durations(1, 20, 500));
        assert_eq!(counted(&[candidate(1, 1, &tap, 1), candidate(2, 1, &json, 2)]), [2]);
        assert_eq!(counted(&[candidate(1, 1, &tap, 1), candidate(2, 2, &json, 2)]), [1, 2]);
    }

    #[test]
    fn jobs_of_a_matrix_all_count() {
        for (up_to, count) in [(3000, 40), (3000, 3), (2, 40), (0, 40), (2, 5), (60, 300)] {
            let jobs: Vec<Candidate> = (1..=4)
                .map(|job| candidate(job, job, &report(Format::Junit, "cart", durations(job as u64, count, up_to)), 1))
                .collect();
            assert_eq!(counted(&jobs), [1, 2, 3, 4], "{count} cases up to {up_to} ms");
            let merged: Vec<Candidate> = jobs.into_iter().map(|job| Candidate { artifact_id: 9, ..job }).collect();
            assert_eq!(counted(&merged), [1, 2, 3, 4], "in one artifact: {count} cases up to {up_to} ms");
        }
    }

    #[test]
    fn trivial_durations_across_artifacts_never_make_a_duplicate() {
        let times = durations(3, 40, 2);
        let jobs = [1, 2].map(|job| candidate(job, job, &report(Format::Junit, "cart", times.clone()), 1));
        assert_eq!(counted(&jobs), [1, 2]);
        let beside = jobs.map(|job| Candidate { artifact_id: 1, ..job });
        assert_eq!(counted(&beside), [1]);
    }

    #[test]
    fn shards_are_duplicates_of_the_merged_report() {
        let times = durations(5, 90, 4000);
        let all = report(Format::Junit, "cart", times);
        let shards = (0..3).map(|shard| {
            let mut draft = Draft::new(Format::Junit, &Limits::default());
            all.cases.iter().skip(shard).step_by(3).for_each(|case| draft.push(case.clone()));
            candidate(shard as i64 + 1, shard as i64 + 1, &draft.finish(), 1)
        });
        let mut candidates: Vec<Candidate> = shards.collect();
        assert_eq!(counted(&candidates), [1, 2, 3]);
        candidates.push(candidate(4, 4, &all, 1));
        let answer = standings(&candidates);
        assert_eq!(answer[..3], [(Standing::Duplicate, Some(4)); 3]);
        assert_eq!(answer[3], (Standing::Counted, None));
    }

    #[test]
    fn a_matrix_in_two_formats_counts_once_for_each_job() {
        let mut candidates = Vec::new();
        for job in 1..=3 {
            let times = durations(job as u64, 30, 2);
            candidates.push(candidate(job, job, &report(Format::Junit, "cart", times.clone()), 1));
            candidates.push(candidate(job + 10, job + 10, &report(Format::Ctrf, "cart", times), 2));
        }
        let all = counted(&candidates);
        assert_eq!(all, [11, 12, 13]);
    }

    #[test]
    fn large_reports_are_compared_by_their_sketches() {
        let times = durations(5, 20_000, 400);
        let one = report(Format::Junit, "cart", times.clone());
        let other = report(Format::Ctrf, "cart", times.clone());
        let elsewhere = report(Format::Ctrf, "cart", durations(6, 20_000, 4000));
        assert!(sketch(&one).len() <= 12 * 1024 + 2);
        assert_eq!(counted(&[candidate(1, 1, &one, 1), candidate(2, 2, &other, 2)]), [2]);
        assert_eq!(counted(&[candidate(1, 1, &one, 1), candidate(2, 2, &elsewhere, 2)]), [1, 2]);
        let tiny = report(Format::Ctrf, "cart", times[..50].to_vec());
        assert_eq!(counted(&[candidate(1, 1, &one, 1), candidate(2, 2, &tiny, 2)]), [1, 2], "too few to tell");
    }

    #[test]
    fn different_tests_all_count() {
        let one = report(Format::Junit, "shop", durations(5, 30, 900));
        let mut other = one.clone();
        other.cases.iter_mut().for_each(|case| case.name = case.name.replace("case", "till"));
        let empty = report(Format::Junit, "", Vec::new());
        let all = [candidate(1, 1, &one, 1), candidate(2, 1, &other, 1), candidate(3, 1, &empty, 1)];
        assert_eq!(counted(&all), [1, 2, 3]);
        assert!(standings(&[]).is_empty());
    }

    #[test]
    fn attempts_are_kept_apart() {
        let times = durations(5, 30, 900);
        let first = candidate(1, 1, &report(Format::Junit, "cart", times.clone()), 1);
        let second = Candidate { attempt: Some(2), ..candidate(2, 2, &report(Format::Ctrf, "cart", times), 1) };
        assert_eq!(counted(&[first, second]), [1, 2]);
    }

    #[test]
    fn hundreds_of_small_reports_are_quick() {
        let all: Vec<Candidate> = (0..500)
            .map(|at| candidate(at, at % 7, &report(Format::Junit, "cart", durations(at as u64, 3, 900)), 1))
            .collect();
        assert!(counted(&all).len() > 480);
    }

    proptest::proptest! {
        #[test]
        fn the_order_given_does_not_matter(sizes in proptest::collection::vec((1_u64..30, 0_u64..4, 1_i64..4, 0_u64..2), 1..8)) {
            let all: Vec<Candidate> = sizes
                .iter()
                .enumerate()
                .map(|(at, (count, seed, artifact, format))| {
                    let format = if *format == 0 { Format::Junit } else { Format::Ctrf };
                    candidate(at as i64, *artifact, &report(format, "cart", durations(*seed, *count, 900)), format as i64)
                })
                .collect();
            let mut reversed = all.clone();
            reversed.reverse();
            let mut answer = reconcile(&reversed);
            answer.reverse();
            let straight = reconcile(&all);
            for (standing, instead) in &straight {
                proptest::prop_assert_eq!(*standing == Standing::Counted, instead.is_none());
                if let Some(id) = instead {
                    proptest::prop_assert_eq!(straight[*id as usize].0, Standing::Counted);
                }
            }
            proptest::prop_assert_eq!(straight, answer);
        }
    }
}
