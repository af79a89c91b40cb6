//! Verdicts over histories whose truth is known, beside the figures that other rules and an earlier trial of ours
//! reach on the same kinds of histories.
//!
//! Sixty runs of the default branch, two a day, four hundred histories of a kind. A history counts as flaky if it
//! is called flaky at any time while it unfolds, and as suspect if it is called suspect and never flaky.

use greenroom::analysis::{is_outage, judge};
use greenroom::model::testing::{Execution, TestStatus, Verdict};
use greenroom::model::{HOUR_MS, Millis};

const HISTORIES: u64 = 400;
const RUNS: usize = 60;
/// Tests of the run, of which one is looked at.
const TESTS: i64 = 100;
/// Share of failed runs that somebody starts again.
const RERUN: f64 = 0.4;
/// Points by which chance may differ between two samples of four hundred.
const NOISE: f64 = 3.0;

/// A small generator (SplitMix64), so that histories are the same everywhere and for ever.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn happens(&mut self, probability: f64) -> bool {
        ((self.next() >> 11) as f64 / (1_u64 << 53) as f64) < probability
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }
}

/// What is done about failures.
#[derive(Clone, Copy)]
struct Setting {
    name: &'static str,
    retry_in_job: bool,
    rerun: f64,
}

const A: Setting = Setting { name: "A: 40 % of failed runs are started again", retry_in_job: false, rerun: RERUN };
const B: Setting = Setting { name: "B: nothing is ever repeated", retry_in_job: false, rerun: 0.0 };
const C: Setting =
    Setting { name: "C: one retry in the job, and 40 % started again", retry_in_job: true, rerun: RERUN };

/// The truth about a test.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Stable,
    Flaky(f64),
    /// So many breaks, each of so many runs, repaired by the next commit.
    Broken(usize, usize),
    AlwaysBroken,
    /// Three runs in which everything fails, and passes when started again.
    Outage,
}

impl Kind {
    /// The runs in which the code is broken.
    fn broken_runs(self, chance: &mut Chance) -> Vec<usize> {
        let (times, length) = match self {
            Kind::Broken(times, length) => (times, length),
            Kind::Outage => (3, 1),
            Kind::AlwaysBroken => return (0..RUNS).collect(),
            Kind::Stable | Kind::Flaky(_) => return Vec::new(),
        };
        // Each break has a part of the history to itself, and passes around it.
        let part = RUNS / times;
        (0..times)
            .flat_map(|time| {
                let begin = time * part + 5 + chance.below(part - length - 6);
                begin..begin + length
            })
            .collect()
    }

    fn flake_rate(self) -> f64 {
        if let Kind::Flaky(rate) = self { rate } else { 0.0 }
    }
}

/// What was ever said of a history, and what was said at its end.
#[derive(Default)]
struct Said {
    flaky: bool,
    suspect: bool,
    broken: bool,
    last: Option<Verdict>,
}

fn unfold(kind: Kind, setting: Setting, seed: u64) -> Said {
    let mut chance = Chance(seed);
    let broken = kind.broken_runs(&mut chance);
    let mut executions: Vec<Execution> = Vec::new();
    let mut said = Said::default();
    let mut streak = 0;
    for run in 0..RUNS {
        let is_broken = broken.contains(&run);
        let attempts = attempts(kind, setting, is_broken, &mut chance);
        let contradicts = attempts.iter().any(|(status, _)| *status != TestStatus::Passed) && attempts.len() > 1
            || attempts[0].0 == TestStatus::Flaky;
        streak = if attempts[0].0 == TestStatus::Failed { streak + 1 } else { 0 };
        for (attempt, (status, guarded)) in (1..).zip(attempts) {
            executions.push(execution(run, attempt, status, guarded));
        }
        // Only a failure can bring a verdict that was not there yet: asking after others would cost time only.
        let may_be_news = (contradicts && !said.flaky) || (streak == 1 && !said.suspect) || matches!(streak, 3 | 5 | 8);
        if may_be_news || run + 1 == RUNS {
            let verdict = judge(&executions, moment(run).plus(HOUR_MS)).verdict;
            said.flaky |= matches!(verdict, Verdict::Flaky | Verdict::Recovering);
            said.suspect |= verdict == Verdict::Suspect;
            said.broken |= matches!(verdict, Verdict::Broken | Verdict::Regressed);
            said.last = Some(verdict);
        }
    }
    said
}

/// Outcomes of the attempts of one run, with whether they are guarded.
fn attempts(kind: Kind, setting: Setting, is_broken: bool, chance: &mut Chance) -> Vec<(TestStatus, bool)> {
    let is_outage_run = kind == Kind::Outage && is_broken;
    let mut one = |down: bool| {
        let mut fails = || down || (is_broken && kind != Kind::Outage) || chance.happens(kind.flake_rate());
        let status = match fails() {
            false => TestStatus::Passed,
            true if setting.retry_in_job && !fails() => TestStatus::Flaky,
            true => TestStatus::Failed,
        };
        let failed = if down { TESTS } else { i64::from(status == TestStatus::Failed) };
        (status, is_outage(TESTS, failed))
    };
    let mut attempts = vec![one(is_outage_run)];
    if attempts[0].0 == TestStatus::Failed {
        let second = one(false);
        if chance.happens(setting.rerun) {
            attempts.push(second);
        }
    }
    attempts
}

fn moment(run: usize) -> Millis {
    Millis(1_700_000_000_000 + run as i64 * 12 * HOUR_MS)
}

fn execution(run: usize, attempt: i64, status: TestStatus, guarded: bool) -> Execution {
    let id = run as i64 + 1;
    Execution {
        report_id: id * 10 + attempt,
        ordinal: 0,
        run_id: id,
        run_number: id,
        attempt,
        workflow_id: 1,
        job_id: None,
        at: moment(run),
        tree: format!("tree {id}"),
        head_sha: format!("commit {id}"),
        branch: "main".into(),
        on_default: true,
        fork: false,
        variant: String::new(),
        status,
        tries: if status == TestStatus::Flaky { 2 } else { 1 },
        duration_ms: None,
        family_id: None,
        guarded,
    }
}

/// Shares of histories, in percent.
struct Shares {
    flaky: f64,
    suspect: f64,
    broken: f64,
    broken_at_end: f64,
}

fn shares(kind: Kind, setting: Setting) -> Shares {
    let said: Vec<Said> = (0..HISTORIES).map(|history| unfold(kind, setting, 1_000_003 * (history + 1))).collect();
    let share = |is: fn(&Said) -> bool| said.iter().filter(|said| is(said)).count() as f64 * 100.0 / HISTORIES as f64;
    Shares {
        flaky: share(|said| said.flaky),
        suspect: share(|said| said.suspect && !said.flaky),
        broken: share(|said| said.broken),
        broken_at_end: share(|said| said.last == Some(Verdict::Broken)),
    }
}

/// A kind, and the published shares called flaky and suspect; `None` where none is published.
type Row = (&'static str, Kind, Option<f64>, Option<f64>);

const KINDS: [(&str, Kind); 11] = [
    ("stable", Kind::Stable),
    ("flaky 1 %", Kind::Flaky(0.01)),
    ("flaky 5 %", Kind::Flaky(0.05)),
    ("flaky 10 %", Kind::Flaky(0.10)),
    ("flaky 30 %", Kind::Flaky(0.30)),
    ("three 1-run breaks", Kind::Broken(3, 1)),
    ("broken 3 runs", Kind::Broken(1, 3)),
    ("broken 8 runs", Kind::Broken(1, 8)),
    ("two 5-run breaks", Kind::Broken(2, 5)),
    ("always broken", Kind::AlwaysBroken),
    ("outage", Kind::Outage),
];

/// The shares of every kind, printed beside the published ones.
fn table(setting: Setting, flaky: [Option<f64>; 11], suspect: [Option<f64>; 11]) -> Vec<(Row, Shares)> {
    let mut text = format!("\nSetting {}; % of {HISTORIES} histories, published in brackets\n", setting.name);
    text += &format!("{:20} {:>13} {:>13} {:>8} {:>14}\n", "history", "flaky", "suspect", "broken", "broken at end");
    let mut rows = Vec::new();
    for (((name, kind), flaky), suspect) in KINDS.into_iter().zip(flaky).zip(suspect) {
        let ours = shares(kind, setting);
        text += &line(name, flaky, suspect, &ours);
        rows.push(((name, kind, flaky, suspect), ours));
    }
    // At once, for the settings run side by side.
    println!("{text}");
    rows
}

fn line(name: &str, flaky: Option<f64>, suspect: Option<f64>, ours: &Shares) -> String {
    let bracket = |value: Option<f64>| value.map_or(String::new(), |value| format!("({value:.0})"));
    let (flaky, suspect) = (bracket(flaky), bracket(suspect));
    format!(
        "{name:20} {:>7.1} {flaky:>5} {:>7.1} {suspect:>5} {:>8.1} {:>14.1}\n",
        ours.flaky, ours.suspect, ours.broken, ours.broken_at_end
    )
}

/// What holds in every setting.
fn assert_honest(rows: &[(Row, Shares)]) {
    for ((name, kind, published, _), ours) in rows {
        if let Some(published) = published {
            assert!(ours.flaky >= published - NOISE, "{name}: called flaky in {}, published {published}", ours.flaky);
        }
        if !matches!(kind, Kind::Flaky(_)) {
            assert_eq!(ours.flaky, 0.0, "{name} is never called flaky: it has no contradiction");
        }
        match kind {
            Kind::Broken(3, 1) => assert_eq!(ours.suspect, 100.0, "{name} looks flaky, and the proof is missing"),
            Kind::Flaky(_) => {}
            _ => assert_eq!(ours.suspect, 0.0, "{name} does not look flaky"),
        }
        match kind {
            Kind::AlwaysBroken => assert_eq!(ours.broken_at_end, 100.0, "{name}"),
            Kind::Broken(_, 3..) => assert_eq!((ours.broken, ours.broken_at_end), (100.0, 0.0), "{name}"),
            Kind::Flaky(_) => {}
            _ => assert_eq!(ours.broken, 0.0, "{name}"),
        }
    }
}

/// Nothing that the published rules saw is lost: what is not called suspect is called flaky.
fn assert_sees_as_much(rows: &[(Row, Shares)]) {
    for ((name, _, flaky, suspect), ours) in rows {
        if let (Some(flaky), Some(suspect)) = (flaky, suspect) {
            let (seen, published) = (ours.flaky + ours.suspect, flaky + suspect);
            assert!(seen >= published - NOISE, "{name}: seen in {seen}, published {published}");
        }
    }
}

#[test]
fn setting_a_is_as_good_as_published() {
    let flaky = [0, 2, 31, 61, 97, 0, 0, 0, 0, 0, 0].map(|share| Some(f64::from(share)));
    let suspect = [0, 21, 45, 34, 2, 100, 0, 0, 0, 0, 0].map(|share| Some(f64::from(share)));
    let rows = table(A, flaky, suspect);
    assert_honest(&rows);
    assert_sees_as_much(&rows);
}

#[test]
fn setting_b_calls_nothing_flaky() {
    let mut suspect = [None; 11];
    suspect[3] = Some(94.0);
    let rows = table(B, [Some(0.0); 11], suspect);
    assert_honest(&rows);
    assert_sees_as_much(&rows);
    for ((name, ..), ours) in rows {
        assert_eq!(ours.flaky, 0.0, "{name}");
    }
}

#[test]
fn setting_c_is_as_good_as_published() {
    let mut flaky = [None; 11];
    (flaky[2], flaky[3]) = (Some(80.0), Some(98.0));
    let rows = table(C, flaky, [None; 11]);
    assert_honest(&rows);
    let flaky_30 = &rows[4].1;
    assert!(flaky_30.flaky >= 99.0, "{}", flaky_30.flaky);
}
