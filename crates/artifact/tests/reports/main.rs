//! Reports that other projects wrote, read from ../shared/corpus where it is present and compared with what somebody
//! else says of them. `REPORT_FORMAT=junit` looks only at the formats that begin so.
#![allow(clippy::unwrap_used)]

mod answer;
mod compare;
mod exceptions;
mod manifest;
mod names;
mod runs;
mod strangers;
mod table;

use answer::{Answer, failing};
use compare::{Differences, differences, is_detected};
use manifest::{File, Manifest};
use std::fs;
use table::{Row, Table};

/// A file with what the readers say of it.
struct Seen {
    file: File,
    answer: Answer,
}

fn is_wanted(file: &File) -> bool {
    std::env::var("REPORT_FORMAT").map_or(true, |prefix| file.format.starts_with(&prefix))
}

fn see(file: File) -> Seen {
    let bytes = fs::read(manifest::folder("reports").join(&file.path)).unwrap();
    let answer = Answer::of(&file.path, &bytes);
    Seen { file, answer }
}

/// Surprises: what differs and is not listed, and what is listed and does not differ.
#[derive(Default)]
struct Surprises(Vec<String>);

impl Surprises {
    /// Takes the differences of one file or run; gives how many of them are listed and how many are not.
    fn take(&mut self, name: &str, found: Differences, listed: &[(&str, &str, &str)]) -> (u32, u32) {
        let is_listed = |fact: &str| listed.iter().any(|row| row.0 == name && row.1 == fact);
        let mut counts = (0, 0);
        for row in listed.iter().filter(|row| row.0 == name) {
            if !found.0.iter().any(|difference| difference.fact == row.1) {
                self.0.push(format!("{name}: {} is no longer an exception", row.1));
            }
        }
        for difference in &found.0 {
            if is_listed(difference.fact) {
                counts.0 += 1;
                continue;
            }
            counts.1 += 1;
            self.0.push(format!("{name}: {} {} ≠ {}", difference.fact, difference.expected, difference.found));
        }
        counts
    }

    fn end(self, what: &str) {
        assert!(self.0.is_empty(), "{} surprises in {what}:\n{}", self.0.len(), self.0.join("\n"));
    }
}

#[test]
fn reports_say_what_somebody_else_says_of_them() {
    let Some(manifest) = manifest::load::<Manifest>("reports") else { return };
    let (mut table, mut surprises) = (Table::default(), Surprises::default());
    for seen in manifest.files.into_iter().filter(is_wanted).map(see) {
        let (listed, other) = surprises.take(&seen.file.path, differences(&seen.file, &seen.answer), exceptions::FILES);
        count(table.row(&seen.file.format), &seen, listed, other);
    }
    table.print();
    println!("{} exceptions are listed with their reasons in tests/reports/exceptions.rs", exceptions::FILES.len());
    surprises.end("the reports");
}

fn count(row: &mut Row, seen: &Seen, listed: u32, other: u32) {
    row.files += 1;
    row.detected += u32::from(is_detected(&seen.file, &seen.answer));
    let has_oracle = seen.file.oracle.is_given() || seen.file.expect == "reject";
    row.with_oracle += u32::from(has_oracle);
    row.exact += u32::from(has_oracle && listed == 0 && other == 0);
    row.exceptions += u32::from(listed > 0 && other == 0);
    row.different += u32::from(other > 0);
    row.read_without_oracle += u32::from(!has_oracle && other == 0);
    let Some(report) = seen.answer.report() else { return };
    row.cases += report.cases.len() as u64;
    if let Some(expected) = &seen.file.oracle.failing {
        let matched = names::compare(expected, &failing(report));
        row.names_equal += matched.equal;
        row.names_alike += matched.alike;
    }
}
