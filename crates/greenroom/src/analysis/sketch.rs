//! A compact likeness of a report's cases, from which it can be told how much of one report is contained in
//! another. What follows from that is left to `reconcile`.

use super::digest;
use artifact::report::{Case, Report, Status};

/// Entries of a sketch at most. Reports with fewer cases are compared exactly.
const MOST_ENTRIES: usize = 1024;
/// Entries under one key at most, so that a test repeated without end does not crowd out the others.
const MOST_OF_ONE_KEY: usize = 64;
/// Words at the end of titles and name that tell a case from others in any format.
const KEY_WORDS: usize = 2;
/// Stands for a duration the report does not tell.
const NO_DURATION: u32 = u32::MAX;
/// The longest duration that is believed: a day.
const LONGEST_MS: u64 = 86_400_000;
/// Version of the encoding.
const ENCODING: u8 = 1;

/// A sketch: its entries in the order of their keys, which are drawn at random by hashing. Of a large report
/// the entries with the lowest keys are kept, of every report the same.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sketch(pub Vec<u8>);

/// Makes the sketch of a report.
pub fn sketch(report: &Report) -> Vec<u8> {
    let mut entries: Vec<(u64, u32)> = report.cases.iter().map(entry).collect();
    entries.sort_unstable();
    let mut bytes = vec![ENCODING, 0];
    let mut kept = 0;
    for same in entries.chunk_by(|one, other| one.0 == other.0) {
        let same = &same[..same.len().min(MOST_OF_ONE_KEY)];
        if kept + same.len() > MOST_ENTRIES {
            bytes[1] = 1;
            break;
        }
        kept += same.len();
        for (key, duration) in same {
            bytes.extend_from_slice(&key.to_le_bytes());
            bytes.extend_from_slice(&duration.to_le_bytes());
        }
    }
    bytes
}

fn entry(case: &Case) -> (u64, u32) {
    let status = match case.status {
        Status::Passed => "passed",
        Status::Failed | Status::Errored => "failed",
        Status::Skipped => "skipped",
    };
    let key = digest(i64::from(ENCODING), &[&loose_name(case), status]);
    let mut low = [0; 8];
    low.copy_from_slice(&key[..8]);
    (u64::from_le_bytes(low), duration(case))
}

/// How long all tries of a case took: what formats tell that have no tries of their own.
fn duration(case: &Case) -> u32 {
    let earlier = case.tries.iter().filter_map(|earlier| earlier.duration_ms).fold(0, u64::saturating_add);
    // A test that turns the clock has a duration of years in one format and a true one in another.
    let told = case.duration_ms.map(|last| last.saturating_add(earlier)).filter(|ms| *ms <= LONGEST_MS);
    told.and_then(|ms| u32::try_from(ms).ok()).unwrap_or(NO_DURATION)
}

/// The last words of titles, class and name. Formats differ in what they put where and in what they put before.
fn loose_name(case: &Case) -> String {
    let mut chain = words(&case.suite);
    append(&mut chain, words(case.class.as_deref().unwrap_or("")));
    append(&mut chain, words(&case.name));
    if chain.len() < KEY_WORDS {
        let name = std::mem::replace(&mut chain, words(case.file.as_deref().unwrap_or("")));
        append(&mut chain, name);
    }
    chain[chain.len().saturating_sub(KEY_WORDS)..].join(" ")
}

/// The words of a text, lower-cased, without the extensions of files.
fn words(text: &str) -> Vec<String> {
    text.split(|c: char| c.is_whitespace() || matches!(c, '/' | '\\' | ':' | '>'))
        .map(without_extension)
        .flat_map(|part| part.split(|c: char| !c.is_alphanumeric()))
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect()
}

fn without_extension(part: &str) -> &str {
    const EXTENSIONS: &[&str] = &[
        ".js", ".jsx", ".mjs", ".cjs", ".ts", ".tsx", ".mts", ".py", ".go", ".rs", ".rb", ".php", ".java", ".kt", ".cs",
    ];
    EXTENSIONS.iter().find_map(|extension| part.strip_suffix(extension)).unwrap_or(part)
}

/// Adds words to a chain, without repeating those with which they begin and the chain ends.
fn append(chain: &mut Vec<String>, words: Vec<String>) {
    let overlap =
        (0..=words.len().min(chain.len())).rev().find(|length| chain.ends_with(&words[..*length])).unwrap_or(0);
    chain.extend(words.into_iter().skip(overlap));
}

/// A sketch, decoded.
#[derive(Clone, Debug)]
pub(super) struct Entries {
    /// Keys with durations, in order.
    entries: Vec<(u64, u32)>,
    /// Whether there were more than are kept.
    is_cut: bool,
}

/// How the cases of a smaller report stand to those of a larger one.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Overlap {
    /// Cases of the smaller one that can be looked up.
    pub comparable: usize,
    /// Those of them that are in the larger one.
    pub contained: usize,
    /// Contained cases with a duration on both sides.
    pub timed: usize,
    /// Those whose durations agree but for rounding.
    pub near: usize,
    /// Contained cases with the same duration to the millisecond, or without on both sides.
    pub exact: usize,
    /// How surprising the exact agreement would be among separate executions, in bits.
    pub surprise_bits: f64,
}

impl Entries {
    /// Reads [`sketch`]; anything else counts as a report without cases.
    pub fn decode(bytes: &[u8]) -> Entries {
        let [ENCODING, is_cut, rest @ ..] = bytes else { return Entries { entries: Vec::new(), is_cut: false } };
        let read = |chunk: &[u8]| {
            let key = chunk[..8].iter().rev().fold(0_u64, |key, byte| key << 8 | u64::from(*byte));
            let duration = chunk[8..].iter().rev().fold(0_u32, |ms, byte| ms << 8 | u32::from(*byte));
            (key, duration)
        };
        Entries { entries: rest.chunks_exact(12).map(read).collect(), is_cut: *is_cut != 0 }
    }

    /// The lowest keys, each once.
    pub fn first_keys(&self, count: usize) -> impl Iterator<Item = u64> {
        self.entries.chunk_by(|one, other| one.0 == other.0).take(count).map(|same| same[0].0)
    }

    /// The key beyond which nothing can be looked up.
    fn end(&self) -> u64 {
        if self.is_cut { self.entries.last().map_or(0, |last| last.0) } else { u64::MAX }
    }

    /// Whether no two cases share a key.
    pub fn keys_are_unique(&self) -> bool {
        self.entries.windows(2).all(|pair| pair[0].0 != pair[1].0)
    }

    /// Whether the durations tell anything: more than one value among them.
    pub fn durations_differ(&self) -> bool {
        self.entries.windows(2).any(|pair| pair[0].1 != pair[1].1)
    }

    /// How much of this report is in `larger`.
    pub fn overlap(&self, larger: &Entries) -> Overlap {
        let end = self.end().min(larger.end());
        let grain = self.grain();
        let mut others = larger.entries.as_slice();
        let mut overlap = Overlap::default();
        for same in self.entries.chunk_by(|one, other| one.0 == other.0).take_while(|same| same[0].0 <= end) {
            others = &others[others.partition_point(|other| other.0 < same[0].0)..];
            let twins = others.iter().take_while(|other| other.0 == same[0].0).count();
            overlap.comparable += same.len();
            overlap.contained += same.len().min(twins);
            overlap.match_durations(same, &others[..twins], grain);
        }
        overlap
    }

    /// The step in which the durations are told: a report in whole seconds agrees with others more easily.
    fn grain(&self) -> u32 {
        let told = self.entries.iter().map(|entry| entry.1).filter(|ms| *ms != NO_DURATION && *ms > 0);
        told.reduce(greatest_common_divisor).unwrap_or(1)
    }
}

fn greatest_common_divisor(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
}

impl Overlap {
    /// Pairs the durations of cases with one key: first the equal ones, then the near ones.
    fn match_durations(&mut self, mine: &[(u64, u32)], others: &[(u64, u32)], grain: u32) {
        match (mine, others) {
            (_, []) => {}
            ([one], [other]) => self.pair(one.1, other.1, grain),
            _ => self.match_many(mine, others, grain),
        }
    }

    fn match_many(&mut self, mine: &[(u64, u32)], others: &[(u64, u32)], grain: u32) {
        let mut others: Vec<u32> = others.iter().map(|other| other.1).collect();
        let mut unpaired = Vec::new();
        for (_, duration) in mine {
            match others.iter().position(|other| other == duration) {
                Some(at) => self.pair(*duration, others.swap_remove(at), grain),
                None => unpaired.push(*duration),
            }
        }
        for duration in unpaired {
            let nearest = (0..others.len()).min_by_key(|at| others[*at].abs_diff(duration));
            let Some(at) = nearest else { break };
            self.pair(duration, others.swap_remove(at), grain);
        }
    }

    fn pair(&mut self, one: u32, other: u32, grain: u32) {
        self.exact += usize::from(one == other);
        if one == NO_DURATION || other == NO_DURATION {
            return;
        }
        self.timed += 1;
        self.near += usize::from(is_near(one, other));
        if one == other {
            self.surprise_bits += surprise_bits(one, grain);
        }
    }

    /// Share of the smaller report that is in the larger one.
    pub fn containment(&self) -> f64 {
        share(self.contained, self.comparable)
    }

    /// Share of the contained cases whose durations agree but for rounding; 0 when none has any.
    pub fn agreement(&self) -> f64 {
        share(self.near, self.timed)
    }

    /// Share of the smaller report that is in the larger one to the millisecond.
    pub fn exactness(&self) -> f64 {
        share(self.exact, self.comparable)
    }
}

fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// Two formats may round, or measure a little more or less around the test.
fn is_near(one: u32, other: u32) -> bool {
    one.abs_diff(other) <= 20.max(one.max(other) / 50)
}

/// A test repeated takes about as long again, give or take a fifth: how many values that leaves, as bits.
/// Durations up to 5 ms agree by chance all the time.
fn surprise_bits(duration: u32, grain: u32) -> f64 {
    if duration <= 5 {
        return 0.0;
    }
    (f64::from(duration) * 0.4 / f64::from(grain.max(1))).log2().max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn loose(suite: &str, class: &str, file: &str, name: &str) -> String {
        let some = |text: &str| (!text.is_empty()).then(|| text.into());
        loose_name(&Case {
            suite: suite.into(),
            class: some(class),
            file: some(file),
            name: name.into(),
            ..Case::default()
        })
    }

    #[test]
    fn formats_agree_on_the_loose_name() {
        let wanted = "testtotal adds";
        for name in [
            loose("pytest", "tests.test_cart.TestTotal", "", "adds"),
            loose("tests/test_cart.py > TestTotal", "", "tests/test_cart.py", "adds"),
            loose("tests/test_cart.py::TestTotal", "", "", "adds"),
            loose("", "tests.test_cart.TestTotal", "tests/test_cart.py", "adds"),
            loose("tests.test_cart.TestTotal", "TestTotal", "", "adds"),
        ] {
            assert_eq!(name, wanted);
        }
        for name in [
            loose("cart > totals", "", "", "adds up"),
            loose("cart.spec.ts > cart > totals", "", "", "cart totals adds up"),
            loose("cart totals", "cart totals adds up", "", "cart totals adds up"),
        ] {
            assert_eq!(name, "adds up");
        }
        assert_eq!(loose("", "", "src/total.test.ts", "adds"), "test adds");
    }

    #[test]
    fn garbage_is_a_report_without_cases() {
        for bytes in [&[][..], &[9, 9, 9], &[1], &[1, 0, 1, 2, 3]] {
            assert_eq!(Entries::decode(bytes).entries.len(), 0);
        }
    }

    #[test]
    fn surprise_grows_with_the_number_of_possible_durations() {
        assert_eq!(surprise_bits(2, 1), 0.0);
        assert!(surprise_bits(1000, 1) > 8.0);
        assert_eq!(surprise_bits(1000, 1000), 0.0);
    }
}
