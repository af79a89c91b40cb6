//! LCOV trace files: lines and branches of each source file.

use super::lines::{Lines, head_lines};
use super::{Coverage, Draft, Head, Input, Kind, Problem};

/// Whether this is one: a source file, and something said of it.
pub(super) fn detect(head: &Head) -> bool {
    let mut lines = head_lines(head, 10_000).skip_while(|line| line.starts_with('#') || line.starts_with("TN:"));
    let begins = lines.next().is_some_and(|line| line.starts_with("SF:"));
    let says = ["FN:", "FNF:", "FNL:", "DA:", "BRDA:", "LF:", "BRF:", "VER:", "end_of_record"];
    begins && lines.next().is_some_and(|line| says.iter().any(|mark| line.starts_with(mark)))
}

/// What is said of one source file: counted by us, and as it says itself.
#[derive(Default)]
struct Record {
    lines: [u64; 2],
    branches: [u64; 2],
    said_lines: [Option<u64>; 2],
    said_branches: [Option<u64>; 2],
}

/// Reads one.
pub(super) fn read(input: Input, draft: &mut Draft) {
    draft.set_kind(Kind::Coverage);
    let mut lines = Lines::new(input, draft);
    let mut total = Coverage::default();
    let mut record = None::<Record>;
    while let Some(line) = lines.next(draft) {
        match line.split_once(':') {
            Some(("SF", _)) => {
                add(&mut total, record.take());
                record = Some(Record::default());
            }
            Some((key, value)) => {
                if let Some(record) = &mut record {
                    record.take(key, value);
                }
            }
            None if line.trim() == "end_of_record" => add(&mut total, record.take()),
            None => {}
        }
    }
    if record.is_some() {
        draft.problem(Problem::Truncated);
        add(&mut total, record);
    }
    draft.set_coverage(total);
}

impl Record {
    fn take(&mut self, key: &str, value: &str) {
        let said = value.trim().parse().ok();
        match key {
            "LF" => self.said_lines[0] = said,
            "LH" => self.said_lines[1] = said,
            "BRF" => self.said_branches[0] = said,
            "BRH" => self.said_branches[1] = said,
            "DA" => count(&mut self.lines, value.split(',').nth(1)),
            "BRDA" => count(&mut self.branches, value.rsplit(',').next()),
            _ => {}
        }
    }
}

/// Counts a line or branch, and whether it was hit: more than zero times, where `-` means never.
fn count(counts: &mut [u64; 2], hits: Option<&str>) {
    counts[0] += 1;
    counts[1] += u64::from(hits.is_some_and(|hits| hits.trim().parse::<f64>().is_ok_and(|hits| hits > 0.0)));
}

fn add(total: &mut Coverage, record: Option<Record>) {
    let Some(record) = record else { return };
    let of = |said: Option<u64>, counted: u64| said.unwrap_or(counted);
    total.files += 1;
    total.lines = total.lines.saturating_add(of(record.said_lines[0], record.lines[0]));
    total.lines_hit = total.lines_hit.saturating_add(of(record.said_lines[1], record.lines[1]));
    total.branches = total.branches.saturating_add(of(record.said_branches[0], record.branches[0]));
    total.branches_hit = total.branches_hit.saturating_add(of(record.said_branches[1], record.branches[1]));
}

#[cfg(test)]
mod tests {
    use super::super::{Format, Limits, Report, read as read_report};
    use super::*;

    fn read_text(text: &str) -> Report {
        assert!(detect(&Head::new("lcov.info", text.as_bytes())), "not detected");
        read_report(Format::Lcov, &mut text.as_bytes(), &Limits::default())
    }

    #[test]
    fn files_are_added_up_by_what_they_say_or_what_is_counted() {
        let text = "TN:\nSF:a.c\nDA:1,5\nDA:2,0\nBRDA:1,0,0,-\nBRDA:1,0,1,2\nend_of_record\n\
                    SF:b.c\nFNF:1\nLF:10\nLH:4\nend_of_record\n";
        let report = read_text(text);
        let expected = Coverage { files: 2, lines: 12, lines_hit: 5, branches: 2, branches_hit: 1 };
        assert_eq!((report.kind, report.coverage), (Kind::Coverage, Some(expected)));
        assert_eq!(report.problems, []);
    }

    #[test]
    fn a_record_that_breaks_off_is_a_problem() {
        assert_eq!(read_text("SF:a.c\nDA:1,5\n").problems, [Problem::Truncated]);
    }

    #[test]
    fn a_list_of_words_is_not_one() {
        assert!(!detect(&Head::new("a.txt", b"SF: San Francisco\nLA: Los Angeles\n")));
    }
}
