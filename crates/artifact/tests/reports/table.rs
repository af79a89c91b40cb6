//! The table by format that the test prints.

use std::collections::BTreeMap;
use std::fmt::Write;

/// What became of the files of one format.
#[derive(Default)]
pub struct Row {
    pub files: u32,
    pub detected: u32,
    pub with_oracle: u32,
    pub exact: u32,
    pub exceptions: u32,
    pub different: u32,
    pub read_without_oracle: u32,
    pub cases: u64,
    pub names_equal: usize,
    pub names_alike: usize,
}

/// Rows by format.
#[derive(Default)]
pub struct Table(BTreeMap<String, Row>);

impl Table {
    pub fn row(&mut self, format: &str) -> &mut Row {
        self.0.entry(format.to_owned()).or_default()
    }

    pub fn print(&self) {
        let mut text = format!(
            "\n{:<40}{:>6}{:>9}{:>8}{:>7}{:>7}{:>7}{:>9}{:>8}{:>7}{:>7}\n",
            "format", "files", "detected", "oracle", "exact", "listed", "other", "no word", "cases", "names=", "names~"
        );
        let mut sum = Row::default();
        for (format, row) in &self.0 {
            line(&mut text, format, row);
            sum.add(row);
        }
        line(&mut text, "all", &sum);
        println!("{text}");
    }
}

impl Row {
    fn add(&mut self, other: &Row) {
        self.files += other.files;
        self.detected += other.detected;
        self.with_oracle += other.with_oracle;
        self.exact += other.exact;
        self.exceptions += other.exceptions;
        self.different += other.different;
        self.read_without_oracle += other.read_without_oracle;
        self.cases += other.cases;
        self.names_equal += other.names_equal;
        self.names_alike += other.names_alike;
    }
}

fn line(text: &mut String, format: &str, row: &Row) {
    writeln!(
        text,
        "{format:<40}{:>6}{:>9}{:>8}{:>7}{:>7}{:>7}{:>9}{:>8}{:>7}{:>7}",
        row.files,
        row.detected,
        row.with_oracle,
        row.exact,
        row.exceptions,
        row.different,
        row.read_without_oracle,
        row.cases,
        row.names_equal,
        row.names_alike
    )
    .unwrap();
}
