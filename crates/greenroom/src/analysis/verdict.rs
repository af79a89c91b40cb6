//! What is thought of a test, from its executions. Ranking, proof and the sentence come with it; storing
//! the judgement, and a person's word against it, are left to `history`.
//!
//! Two questions are asked. Of all sources together (one tree under one set of conditions each): did the same
//! code both pass and fail? Of the default branch's sources in their order, for each set of conditions apart:
//! does it fail in a row, since when, and how often did it fail for a moment? The worst answer is the verdict.

use super::changepoint;
use super::proof::{self, MOST_PROOFS};
use super::sources::{self, Source};
use super::statistics::{passes_to_be_sure, wilson_lower_bound};
use crate::model::testing::{Execution, Judgement, Proof, ProofKind, TestStatus, Verdict};
use crate::model::{DAY_MS, Millis};
use std::collections::BTreeSet;

/// Version of the algorithm; stored with every judgement.
pub const VERDICT_VERSION: i64 = 2;

/// The window of evidence, in days.
const WINDOW_DAYS: i64 = 14;
/// A window with fewer sources than this reaches further back.
const WINDOW_SOURCES: usize = 100;
/// How far it reaches back at most, in days; also the span of recent failures and of the score.
const LONGEST_DAYS: i64 = 30;
/// Sources below which nothing is said.
const LEAST_SOURCES: usize = 5;
/// Contradictions that prove a test flaky.
const LEAST_MIXED: usize = 2;
/// Sources of the default branch in which short flips are counted.
const FLIP_SOURCES: usize = 60;
/// Short flips that make a test suspect.
const LEAST_FLIPS: usize = 3;
/// A failing streak this long is no flip.
const STREAK: usize = 3;
/// A failing streak this long is a break whatever went before.
const LONG_STREAK: usize = 5;
/// Failure rate of the current segment with which a streak of three is a break.
const BROKEN_RATE: f64 = 0.8;
/// Sources before a streak that tell how often the test fails by chance.
const RATE_SOURCES: usize = 30;
/// A streak less likely than this did not come by chance.
const CHANCE: f64 = 0.001;
/// Passes in a row that make a test reliable before its onset.
pub(super) const RELIABLE_PASSES: usize = 5;
/// How long a regression is news, and after how long without contradiction a flaky test recovers, in days.
const NEWS_DAYS: i64 = 7;
/// Executions without contradiction after which a flaky test recovers.
const QUIET_EXECUTIONS: usize = 30;
/// Half-life of the score, in days.
const HALF_LIFE_DAYS: f64 = 7.0;

/// Judges a test by its executions, in any order. `now` only ages them.
pub fn judge(executions: &[Execution], now: Millis) -> Judgement {
    let sources = sources::sources(executions);
    let evidence = Evidence::new(&sources, now);
    let finding = evidence.finding();
    let (window, mixed) = (evidence.window.len(), evidence.mixed.len());
    Judgement {
        verdict: finding.verdict,
        reason: finding.reason,
        algorithm: VERDICT_VERSION,
        since: finding.since,
        sources: window as i64,
        mixed_sources: mixed as i64,
        flake_rate: if window == 0 { 0.0 } else { mixed as f64 / window as f64 },
        score: evidence.score(),
        recent_failures: evidence.recent_failures(),
        flips: flips(executions),
        fail_rate: fail_rate(executions),
        passes_needed: evidence.passes_needed(finding.verdict),
        proof: newest_first(finding.proof),
    }
}

/// Whether it ran and says something about the test: not on a fork, not in an outage.
fn has_run(execution: &Execution) -> bool {
    !execution.fork && !execution.guarded && execution.status != TestStatus::Skipped
}

/// Turns between passed and failed on the default branch, where workflow and variant are the same.
fn flips(executions: &[Execution]) -> i64 {
    let mut ordered: Vec<&Execution> = executions.iter().filter(|one| one.on_default && has_run(one)).collect();
    ordered.sort_by_key(|one| {
        (one.workflow_id, one.variant.as_str(), one.at, one.run_id, one.attempt, one.report_id, one.ordinal)
    });
    let is_same =
        |one: &Execution, other: &Execution| (one.workflow_id, &one.variant) == (other.workflow_id, &other.variant);
    let has_failed = |one: &Execution| one.status == TestStatus::Failed;
    let turns =
        ordered.windows(2).filter(|pair| is_same(pair[0], pair[1]) && has_failed(pair[0]) != has_failed(pair[1]));
    turns.count() as i64
}

/// Share of what ran and is evidence that failed.
fn fail_rate(executions: &[Execution]) -> f64 {
    let ran = executions.iter().filter(|one| has_run(one));
    let (failed, all) =
        ran.fold((0, 0), |(failed, all), one| (failed + i64::from(one.status == TestStatus::Failed), all + 1));
    if all == 0 { 0.0 } else { failed as f64 / all as f64 }
}

fn newest_first(mut proof: Vec<Proof>) -> Vec<Proof> {
    proof.sort_by_key(|proof| std::cmp::Reverse(proof.executions.last().map(|execution| execution.at)));
    proof.truncate(MOST_PROOFS);
    proof
}

/// One possible verdict with what speaks for it.
struct Finding {
    verdict: Verdict,
    reason: String,
    since: Option<Millis>,
    proof: Vec<Proof>,
}

/// What the sources of a test show.
struct Evidence<'s, 'a> {
    now: Millis,
    /// All sources, in the order in which they ran last.
    sources: &'s [Source<'a>],
    /// Those of the window.
    window: &'s [Source<'a>],
    /// The mixed ones of the window.
    mixed: Vec<&'s Source<'a>>,
    /// The default branch's sources, by series.
    rows: Vec<Vec<&'s Source<'a>>>,
    /// Until when failures are explained by proven flakiness.
    explained_until: Option<Millis>,
}

impl<'s, 'a> Evidence<'s, 'a> {
    fn new(sources: &'s [Source<'a>], now: Millis) -> Evidence<'s, 'a> {
        let window = window(sources, now);
        let mixed = window.iter().filter(|source| source.is_mixed()).collect();
        // Most tests never fail: of them there is nothing more to find.
        let has_failed = sources.iter().any(|source| source.failed);
        let rows = if has_failed { sources::on_default(sources, WINDOW_DAYS * DAY_MS) } else { Vec::new() };
        let last = sources.iter().rev().find(|source| source.is_mixed()).map(Source::at);
        let explained_until = last.filter(|last| {
            let window = self::window(sources, *last);
            is_proof(&window.iter().filter(|source| source.is_mixed()).collect::<Vec<_>>(), window.len())
        });
        Evidence { now, sources, window, mixed, rows, explained_until }
    }

    /// The worst of all findings.
    fn finding(&self) -> Finding {
        if self.sources.len() < LEAST_SOURCES {
            return self.too_little();
        }
        let of_rows = self.rows.iter().flat_map(|row| self.of_row(row));
        let found = of_rows
            .chain(self.contradictions())
            .min_by_key(|finding| Verdict::ALL.iter().position(|verdict| *verdict == finding.verdict));
        found.unwrap_or_else(|| self.healthy())
    }

    fn too_little(&self) -> Finding {
        let reason = match self.sources.len() {
            0 => "Nothing that counts ran it yet; five commits are needed to judge it.".to_owned(),
            count => format!("Only {} ran it; five are needed to judge it.", commits(count)),
        };
        Finding { verdict: Verdict::NotEnoughData, reason, since: None, proof: Vec::new() }
    }

    fn healthy(&self) -> Finding {
        let days = self.window_days();
        let failed = self.window.iter().filter(|source| source.is_failing()).count();
        let reason = match (self.window.len(), failed) {
            (0, _) => format!("Did not run in the last {days} days, and gave no reason to doubt it before."),
            (all, 0) => format!("Passed in all {} of the last {days} days.", self.counted(all)),
            (all, failed) => format!(
                "Failed in {failed} of {} of the last {days} days, and nothing speaks for chance or for a lasting break.",
                self.counted(all)
            ),
        };
        Finding { verdict: Verdict::Healthy, reason, since: None, proof: Vec::new() }
    }

    /// What follows from code that both passed and failed.
    fn contradictions(&self) -> Option<Finding> {
        let last = self.sources.iter().rev().find(|source| source.is_mixed())?;
        let quiet_days = self.now.since(last.at()) / DAY_MS;
        let quiet_executions = self.executions_after(last.at());
        if quiet_days >= WINDOW_DAYS && quiet_executions >= QUIET_EXECUTIONS {
            return None;
        }
        let at_last = window(self.sources, last.at());
        let mixed: Vec<&Source<'_>> = at_last.iter().filter(|source| source.is_mixed()).collect();
        if !is_proof(&mixed, at_last.len()) {
            return Some(self.suspect_of_contradiction(&mixed, last));
        }
        if quiet_days >= NEWS_DAYS || quiet_executions >= QUIET_EXECUTIONS {
            return Some(recovering(&mixed, last, quiet_days, quiet_executions));
        }
        // The figures are those of today, unless today's window has lost the first contradiction.
        let today = is_proof(&self.mixed, self.window.len());
        let (mixed, window) = if today { (&self.mixed, self.window) } else { (&mixed, at_last) };
        let (some, all, days) = (mixed.len(), self.counted(window.len()), self.days_of(window));
        Some(Finding {
            verdict: Verdict::Flaky,
            reason: format!("Passed and failed on the same code in {some} of {all} of the last {days} days."),
            since: mixed.first().map(|source| source.at()),
            proof: proofs(mixed),
        })
    }

    fn suspect_of_contradiction(&self, mixed: &[&Source<'_>], last: &Source<'_>) -> Finding {
        let trees = trees(mixed);
        let reason = match trees {
            1 => "Passed and failed on the same code once; two times on different code are needed to call it flaky."
                .to_owned(),
            _ => format!("Passed and failed on the same code in {trees} commits, in fewer than one of a hundred."),
        };
        Finding { verdict: Verdict::Suspect, reason, since: Some(last.at()), proof: proofs(mixed) }
    }

    /// What follows from one series of the default branch.
    fn of_row(&self, row: &[&'s Source<'a>]) -> Vec<Finding> {
        let failures: Vec<bool> = row.iter().map(|source| source.is_failing()).collect();
        let segment = changepoint::segments(&failures).pop();
        let (begin, rate) = segment.map_or((0, 0.0), |segment| (segment.range.start, segment.failure_rate()));
        let streak = failures.iter().rev().take_while(|failure| **failure).count();
        let broken = self.broken(row, streak, rate);
        broken.into_iter().chain(self.short_flips(row, &failures, begin)).chain(self.fixed(row, &failures)).collect()
    }

    /// A streak that has not ended.
    fn broken(&self, row: &[&Source<'_>], streak: usize, rate: f64) -> Option<Finding> {
        let onset = row.len() - streak;
        let passes = row[..onset].iter().rev().take_while(|source| !source.is_failing()).count();
        let is_reliable = passes >= RELIABLE_PASSES;
        let is_break = streak >= LONG_STREAK || (streak >= STREAK && rate >= BROKEN_RATE);
        let is_regression = streak >= STREAK && is_reliable && chance_of_streak(&row[..onset], streak) <= CHANCE;
        if !is_break && !is_regression {
            return None;
        }
        let failing = &row[onset..];
        let first = failing[0].first_on_default()?;
        let mut proof = vec![proof::of_row(ProofKind::FailingStreak, failing)];
        if onset > 0 {
            proof.push(proof::of_row(ProofKind::Onset, &row[onset - 1..=onset]));
        }
        let is_news = is_reliable && self.now.since(first.at) <= NEWS_DAYS * DAY_MS;
        let before = match passes {
            _ if is_reliable => format!(", after {passes} passes in a row"),
            0 => ", as long as its history reaches".to_owned(),
            _ => "; it was not reliable before".to_owned(),
        };
        let reason = format!(
            "Failed in the last {} of the default branch, since run {}{before}.",
            commits(streak),
            first.run_number
        );
        let verdict = if is_news { Verdict::Regressed } else { Verdict::Broken };
        Some(Finding { verdict, reason, since: Some(first.at), proof })
    }

    /// Failures that came and went within fewer than three sources.
    fn short_flips(&self, row: &[&Source<'_>], failures: &[bool], segment: usize) -> Option<Finding> {
        let begin = segment.max(row.len().saturating_sub(FLIP_SOURCES));
        let is_flip = |streak: &std::ops::Range<usize>| {
            let is_explained = Some(row[streak.start].at()) <= self.explained_until;
            streak.start >= begin && streak.len() < STREAK && !is_explained
        };
        let flips: Vec<std::ops::Range<usize>> = streaks(failures).into_iter().filter(is_flip).collect();
        if flips.len() < LEAST_FLIPS {
            return None;
        }
        let around = |flip: &std::ops::Range<usize>| &row[flip.start.saturating_sub(1)..row.len().min(flip.end + 1)];
        Some(Finding {
            verdict: Verdict::Suspect,
            reason: format!(
                "Failed {} times for one or two commits only, in the last {} of the default branch; the same code was not \
                 seen to both pass and fail often enough to call it flaky.",
                flips.len(),
                commits(row.len() - begin),
            ),
            since: row[flips[0].start].first_on_default().map(|execution| execution.at),
            proof: flips.iter().rev().map(|flip| proof::of_row(ProofKind::ShortFlip, around(flip))).collect(),
        })
    }

    /// A break that has ended lately.
    fn fixed(&self, row: &[&Source<'_>], failures: &[bool]) -> Option<Finding> {
        let passes_before = |at: usize| failures[..at].iter().rev().take_while(|failure| !**failure).count();
        let streak = streaks(failures).into_iter().rev().find(|streak| {
            streak.len() >= LONG_STREAK || (streak.len() >= STREAK && passes_before(streak.start) >= RELIABLE_PASSES)
        })?;
        let after = &row[streak.end..];
        let first = after.first()?.first_on_default()?;
        if self.now.since(first.at) > WINDOW_DAYS * DAY_MS || after.iter().any(|source| source.is_failing()) {
            return None;
        }
        Some(Finding {
            verdict: Verdict::Fixed,
            reason: format!(
                "Passed in the last {} of the default branch, since run {}, after {} failures in a row.",
                commits(after.len()),
                first.run_number,
                streak.len()
            ),
            since: Some(first.at),
            proof: vec![proof::of_row(ProofKind::Recovery, &row[streak.end - 1..])],
        })
    }

    fn executions_after(&self, at: Millis) -> usize {
        self.sources.iter().flat_map(|source| &source.executions).filter(|execution| execution.at > at).count()
    }

    /// How far the window reaches back.
    fn window_days(&self) -> i64 {
        self.days_of(self.window)
    }

    fn days_of(&self, window: &[Source<'_>]) -> i64 {
        let oldest = window.first().map_or(self.now, Source::at);
        (self.now.since(oldest) / DAY_MS + 1).max(WINDOW_DAYS)
    }

    /// Sources in the words of the reader.
    fn counted(&self, count: usize) -> String {
        let series: BTreeSet<_> = self.window.iter().map(|source| source.series).collect();
        if series.len() > 1 { format!("{count} combinations of commit and variant") } else { commits(count) }
    }

    /// For ranking: the decayed rate of contradictions, as far as it is certain, times the runs they disturbed.
    fn score(&self) -> f64 {
        if self.sources.iter().all(|source| !source.is_mixed()) {
            return 0.0;
        }
        let (mut mixed, mut all, mut squares) = (0.0, 0.0, 0.0);
        let mut disturbed = BTreeSet::new();
        for source in self.sources.iter().filter(|source| self.age(source.at()) <= LONGEST_DAYS) {
            let days = self.now.since(source.at()).max(0) as f64 / DAY_MS as f64;
            let weight = 0.5_f64.powf(days / HALF_LIFE_DAYS);
            all += weight;
            squares += weight * weight;
            if source.is_mixed() {
                mixed += weight;
                disturbed.extend(
                    source.executions.iter().filter(|run| run.status != TestStatus::Passed).map(|run| run.run_id),
                );
            }
        }
        if mixed == 0.0 {
            return 0.0;
        }
        wilson_lower_bound(mixed / all, all * all / squares) * disturbed.len() as f64
    }

    fn age(&self, at: Millis) -> i64 {
        self.now.since(at) / DAY_MS
    }

    fn recent_failures(&self) -> i64 {
        let executions = self.sources.iter().flat_map(|source| &source.executions);
        let is_recent = |execution: &&&Execution| self.now.since(execution.at) <= LONGEST_DAYS * DAY_MS;
        executions.filter(is_recent).filter(|execution| execution.status == TestStatus::Failed).count() as i64
    }

    /// Passes still missing until the flake may be called gone, for tests that are or were flaky.
    fn passes_needed(&self, verdict: Verdict) -> Option<i64> {
        if !matches!(verdict, Verdict::Flaky | Verdict::Suspect | Verdict::Recovering) {
            return None;
        }
        let mut executions: Vec<&Execution> =
            self.sources.iter().flat_map(|source| source.executions.iter().copied()).collect();
        executions.sort_by_key(|execution| sources::moment(execution));
        let failed = executions.iter().filter(|execution| execution.status != TestStatus::Passed).count();
        let passes = executions.iter().rev().take_while(|execution| execution.status == TestStatus::Passed).count();
        // The rate while it lasted: counting the passes since would move the goal with each of them.
        let before = executions.len() - passes;
        let wanted = passes_to_be_sure(failed as f64 / before.max(1) as f64);
        Some((wanted - passes as i64).max(0))
    }
}

fn recovering(mixed: &[&Source<'_>], last: &Source<'_>, quiet_days: i64, quiet_executions: usize) -> Finding {
    Finding {
        verdict: Verdict::Recovering,
        reason: format!(
            "Was flaky, and has not contradicted itself for {quiet_days} days and {quiet_executions} executions."
        ),
        since: Some(last.at()),
        proof: proofs(mixed),
    }
}

/// The newest contradictions.
fn proofs(mixed: &[&Source<'_>]) -> Vec<Proof> {
    mixed.iter().rev().take(MOST_PROOFS).map(|source| proof::of_mixed(source)).collect()
}

/// How likely a test that fails now and then, as often as in the sources before, fails this often in a row.
fn chance_of_streak(before: &[&Source<'_>], streak: usize) -> f64 {
    let recent = &before[before.len().saturating_sub(RATE_SOURCES)..];
    let failed = recent.iter().filter(|source| source.failed).count();
    ((failed as f64 + 0.5) / (recent.len() as f64 + 1.0)).powi(i32::try_from(streak).unwrap_or(i32::MAX))
}

/// Two contradictions on different code, and one in a hundred sources. One tree may be mixed under many conditions
/// by one event around it.
fn is_proof(mixed: &[&Source<'_>], sources: usize) -> bool {
    trees(mixed) >= LEAST_MIXED && mixed.len() * 100 >= sources
}

fn trees(sources: &[&Source<'_>]) -> usize {
    sources.iter().map(|source| source.tree).collect::<BTreeSet<_>>().len()
}

/// The sources of the two weeks before `end`, or more of them where these are few.
fn window<'s, 'a>(sources: &'s [Source<'a>], end: Millis) -> &'s [Source<'a>] {
    let last = sources.partition_point(|source| source.at() <= end);
    let after = |days: i64| sources.partition_point(|source| source.at() < end.plus(-days * DAY_MS));
    let first = after(WINDOW_DAYS).min(after(LONGEST_DAYS).max(last.saturating_sub(WINDOW_SOURCES)));
    &sources[first.min(last)..last]
}

/// The runs of failures in a row.
fn streaks(failures: &[bool]) -> Vec<std::ops::Range<usize>> {
    let mut at = 0;
    let mut streaks = Vec::new();
    for same in failures.chunk_by(|one, other| one == other) {
        if same[0] {
            streaks.push(at..at + same.len());
        }
        at += same.len();
    }
    streaks
}

fn commits(count: usize) -> String {
    format!("{count} commit{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::super::samples::{Builder, at, end, history};
    use super::*;
    use proptest::prelude::*;

    fn of(letters: &str) -> Judgement {
        let executions = history(letters);
        judge(&executions, end(&executions))
    }

    fn later(letters: &str, days: i64) -> Verdict {
        let executions = history(letters);
        judge(&executions, end(&executions).plus(days * DAY_MS)).verdict
    }

    fn kinds(judgement: &Judgement) -> Vec<ProofKind> {
        judgement.proof.iter().map(|proof| proof.kind).collect()
    }

    #[test]
    fn verdicts_follow_the_rules() {
        use Verdict::*;
        let passes = "PPPPPPPPPPPPPPPPPPPP";
        for (begin, letters, expected) in [
            ("", "", NotEnoughData),
            ("", "PPPP", NotEnoughData),
            ("", "FFFF", NotEnoughData),
            ("", "SSSSSSGGGGGG", NotEnoughData),
            ("", "PPPPP", Healthy),
            ("", "FFFFF", Broken),
            ("", "PPPPFFFFF", Broken),
            ("", "PPPPPFF", Healthy),
            ("", "PPPPPFFF", Regressed),
            (passes, "FFF", Regressed),
            (passes, "FFGGGG", Healthy),
            (passes, "FGGGGFF", Regressed),
            (passes, "FFFP", Fixed),
            (passes, "FFFPPPP", Fixed),
            (passes, "FFFPPF", Healthy),
            ("", "FPFFFFFPP", Fixed),
            (passes, "F", Healthy),
            (passes, "FPPPF", Healthy),
            (passes, "FPPPFFPPPF", Suspect),
            (passes, "FPPPFFFFPPPF", Healthy),
            (passes, "R", Suspect),
            (passes, "A", Suspect),
            (passes, "APPPA", Flaky),
            (passes, "RPPPR", Flaky),
            (passes, "RPPPA", Flaky),
            (passes, "APPPAFFFFFFFFFFFF", Regressed),
            (passes, "APAPPAPPFFF", Flaky),
            (passes, "APAPPAPPFFFF", Regressed),
            (passes, "GGGGGG", Healthy),
            (passes, "RRPPPPPPPPPPPPPP", Recovering),
        ] {
            let judgement = of(&[begin, letters].concat());
            assert_eq!(judgement.verdict, expected, "{begin}{letters}: {}", judgement.reason);
            assert_eq!(judgement.algorithm, VERDICT_VERSION);
            assert!(judgement.reason.ends_with('.'), "{}", judgement.reason);
        }
    }

    #[test]
    fn time_ages_verdicts() {
        use Verdict::*;
        let passes = "PPPPPPPPPPPPPPPPPPPP";
        for (letters, days, expected) in [
            ("FFF", 5, Regressed),
            ("FFF", 8, Broken),
            ("FFFPP", 5, Fixed),
            ("FFFPP", 15, Healthy),
            ("APPPA", 6, Flaky),
            ("APPPA", 7, Recovering),
            ("APPPA", 40, Recovering),
            ("R", 40, Suspect),
            ("FPAPFPAFP", 8, Recovering),
        ] {
            assert_eq!(later(&[passes, letters].concat(), days), expected, "{letters} after {days} days");
        }
        let quiet = [passes, "APPPA", &"P".repeat(30)].concat();
        assert_eq!(later(&quiet, 0), Healthy);
        assert_eq!(later(&[passes, "APPPA", &"P".repeat(27)].concat(), 0), Recovering);
        let explained = ["FPPFPPFPPAPPPA", &"P".repeat(30)].concat();
        assert_eq!(later(&explained, 0), Healthy);
    }

    #[test]
    fn one_event_around_one_tree_is_no_proof() {
        let mut executions = history("PPPPPPPPPP");
        for variant in ["a", "b", "c"] {
            executions.push(Builder::new(11).variant(variant).fail());
            executions.push(Builder::new(11).variant(variant).attempt(2).pass());
        }
        let judgement = judge(&executions, end(&executions));
        assert_eq!((judgement.verdict, judgement.mixed_sources), (Verdict::Suspect, 3));
    }

    #[test]
    fn fewer_contradictions_than_one_in_a_hundred_are_no_proof() {
        let mut executions = Vec::new();
        for run in 0..300 {
            let hour = Builder::new(0).tree(&format!("t{run}"));
            let mut execution = if run == 280 || run == 290 { hour.flaky() } else { hour.pass() };
            execution.at = at(0).plus(run * crate::model::HOUR_MS / 2);
            (execution.run_id, execution.report_id) = (run, run);
            executions.push(execution);
        }
        assert_eq!(judge(&executions, end(&executions)).verdict, Verdict::Suspect);
        assert_eq!(judge(&executions[200..], end(&executions)).verdict, Verdict::Flaky);
    }

    #[test]
    fn every_set_of_conditions_is_judged_apart() {
        let mut executions = Vec::new();
        for run in 1..=20 {
            executions.push(Builder::new(run).pass());
            executions.push(Builder::new(run).variant("windows").fail());
        }
        let judgement = judge(&executions, end(&executions));
        assert_eq!((judgement.verdict, judgement.mixed_sources), (Verdict::Broken, 0));
        assert_eq!(kinds(&judgement), [ProofKind::FailingStreak]);
    }

    #[test]
    fn other_branches_prove_flakiness_and_break_nothing() {
        let mut executions = history("PPPPPPPPPP");
        executions.extend((11..20).map(|run| Builder::new(run).branch("mine").fail()));
        assert_eq!(judge(&executions, end(&executions)).verdict, Verdict::Healthy);
        executions.push(Builder::new(11).branch("mine").attempt(2).pass());
        executions.push(Builder::new(12).branch("mine").attempt(2).pass());
        assert_eq!(judge(&executions, end(&executions)).verdict, Verdict::Flaky);
        for execution in &mut executions {
            execution.fork |= !execution.on_default;
        }
        assert_eq!(judge(&executions, end(&executions)).verdict, Verdict::Healthy);
    }

    #[test]
    fn the_same_tree_on_another_branch_contradicts() {
        let mut executions = history("PPPPPPPPPP");
        executions.push(Builder::new(11).tree("tree 3").branch("queue").fail());
        executions.push(Builder::new(12).tree("tree 4").branch("queue").fail());
        let judgement = judge(&executions, end(&executions));
        assert_eq!(judgement.verdict, Verdict::Flaky);
        assert_eq!(kinds(&judgement), [ProofKind::SameTree, ProofKind::SameTree]);
        assert_eq!(judgement.proof[0].executions.len(), 2);
    }

    #[test]
    fn proofs_say_what_kind_they_are() {
        let passes = "PPPPPPPPPP";
        for (letters, expected) in [
            ("RPPPA", vec![ProofKind::OtherAttempt, ProofKind::RetryInJob]),
            ("FFF", vec![ProofKind::FailingStreak, ProofKind::Onset]),
            ("FPFPFP", vec![ProofKind::ShortFlip; 3]),
            ("FFFPP", vec![ProofKind::Recovery]),
        ] {
            let judgement = of(&[passes, letters].concat());
            assert_eq!(kinds(&judgement), expected, "{letters}");
            for proof in &judgement.proof {
                assert!((1..=8).contains(&proof.executions.len()));
                assert!(proof.executions.is_sorted_by_key(|execution| (execution.at, execution.attempt)));
            }
        }
        let onset = &of(&[passes, "FFF"].concat()).proof[1];
        let shown: Vec<_> = onset.executions.iter().map(|execution| (execution.run_id, execution.status)).collect();
        assert_eq!(shown, [(10, TestStatus::Passed), (11, TestStatus::Failed)]);
        assert_eq!(onset.executions[0].result_id, "10.0");
    }

    #[test]
    fn the_sentence_has_the_figures() {
        assert_eq!(
            of("PPPPPPPPPPAPPPPPPPPA").reason,
            "Passed and failed on the same code in 2 of 20 commits of the last 14 days."
        );
        assert_eq!(
            of("PPPPPPPFFF").reason,
            "Failed in the last 3 commits of the default branch, since run 8, after 7 passes in a row."
        );
        assert_eq!(of("PP").reason, "Only 2 commits ran it; five are needed to judge it.");
        assert_eq!(of("PPPPPPP").reason, "Passed in all 7 commits of the last 14 days.");
    }

    #[test]
    fn figures_count_what_is_evidence() {
        let judgement = of("PPPPPPPPAPPAGSPF");
        assert_eq!((judgement.sources, judgement.mixed_sources, judgement.recent_failures), (14, 2, 3));
        assert!((judgement.flake_rate - 2.0 / 14.0).abs() < 1e-9);
        assert!(judgement.score > 0.0);
        assert_eq!(judgement.since, Some(at(9)));
        assert_eq!(of("PPPPPFPPP").score, 0.0);
    }

    #[test]
    fn newer_and_more_contradictions_score_higher() {
        let score = |letters: &str| of(letters).score;
        assert!(score("PPPPPPPPAPPPA") > score("PPPPPPPPPPPPA"));
        assert!(score("PPPPPPPPPPPPPPAPPPA") > score("PPAPPPAPPPPPPPPPPPP"));
    }

    #[test]
    fn passes_needed_shrink_with_each_pass() {
        let after = |passes: usize| of(&["PPPPPPPPPAPPPPPPPPA", &"P".repeat(passes)].concat()).passes_needed;
        let first = after(0).expect("flaky");
        assert_eq!(first, 28, "two failures in 20 executions take 29 passes, and one came");
        assert_eq!((after(5), after(20), after(28)), (Some(23), Some(8), Some(0)));
        assert_eq!(of("PPPPPPPPPPP").passes_needed, None);
    }

    /// Executions of all kinds, and when they are judged.
    fn any_history() -> impl Strategy<Value = Vec<Execution>> {
        let one = (1_i64..60, 1_i64..3, 0_usize..4, 0_usize..12, 1_i64..3);
        proptest::collection::vec(one, 0..80).prop_map(|rows| {
            let executions = rows.into_iter().enumerate().map(|(at, (run, attempt, status, context, workflow))| {
                let mut execution = Builder::new(run).attempt(attempt).workflow(workflow).pass();
                (execution.report_id, execution.status) = (at as i64, TestStatus::ALL[status]);
                match context {
                    0 => execution.fork = true,
                    1 => execution.guarded = true,
                    2 => execution.on_default = false,
                    3 => execution.variant = "windows".into(),
                    4 => execution.tree = "the same".into(),
                    _ => {}
                }
                execution
            });
            executions.collect()
        })
    }

    proptest! {
        #[test]
        fn order_does_not_matter(executions in any_history(), seed in 0_usize..1000) {
            let mut shuffled = executions.clone();
            for at in (1..shuffled.len()).rev() {
                shuffled.swap(at, (seed * 31 + at * 17) % (at + 1));
            }
            prop_assert_eq!(judge(&executions, end(&executions)), judge(&shuffled, end(&executions)));
        }

        #[test]
        fn flaky_needs_two_contradictions(executions in any_history(), days in 0_i64..40) {
            let judgement = judge(&executions, end(&executions).plus(days * DAY_MS));
            prop_assert!(judgement.proof.len() <= MOST_PROOFS && !judgement.reason.is_empty());
            if matches!(judgement.verdict, Verdict::Flaky | Verdict::Recovering) {
                let told = [ProofKind::RetryInJob, ProofKind::OtherAttempt, ProofKind::SameTree];
                prop_assert!(judgement.proof.iter().filter(|proof| told.contains(&proof.kind)).count() >= 2);
            }
        }

        #[test]
        fn what_is_no_evidence_changes_nothing(executions in any_history(), run in 1_i64..60) {
            let now = end(&executions);
            for nothing in [Builder::new(run).fork().fail(), Builder::new(run).guarded().fail(), Builder::new(run).skip()] {
                let mut more = executions.clone();
                more.push(nothing);
                prop_assert_eq!(judge(&executions, now), judge(&more, now));
            }
        }

        #[test]
        fn a_further_pass_makes_nothing_worse(executions in any_history()) {
            let now = at(62);
            // The first pass of a workflow makes its failures comparable with others', which is news of its own.
            let mut executions = executions;
            executions.push(Builder::new(0).pass());
            let before = judge(&executions, now).verdict;
            let mut more = executions;
            more.push(Builder::new(61).pass());
            let after = judge(&more, now).verdict;
            let rank = |verdict| Verdict::ALL.iter().position(|other| *other == verdict);
            prop_assert!(before == Verdict::NotEnoughData || after == Verdict::Fixed || rank(after) >= rank(before), "{before:?} {after:?}");
        }
    }
}
