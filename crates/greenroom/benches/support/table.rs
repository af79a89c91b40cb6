//! Tables on standard output, and the few figures of statistics in them.

use std::time::Duration;

/// A table in the form that documents use too.
pub struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    /// An empty table with these headings.
    pub fn new<const N: usize>(headings: [&str; N]) -> Table {
        Table { rows: vec![headings.map(str::to_owned).to_vec()] }
    }

    /// Adds a row.
    pub fn row<const N: usize>(&mut self, cells: [String; N]) {
        self.rows.push(cells.to_vec());
    }

    /// Prints the table under a title.
    pub fn print(&self, title: &str) {
        let widths: Vec<usize> = (0..self.rows[0].len())
            .map(|column| self.rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0))
            .collect();
        println!("\n### {title}\n");
        for (at, row) in self.rows.iter().enumerate() {
            let cells: Vec<String> = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
            println!("| {} |", cells.join(" | "));
            if at == 0 {
                println!("|{}|", widths.iter().map(|width| "-".repeat(width + 2)).collect::<Vec<_>>().join("|"));
            }
        }
        println!();
    }
}

/// The middle one.
pub fn median(times: &[Duration]) -> Duration {
    percentile(times, 50)
}

/// The nearest-rank percentile.
pub fn percentile(times: &[Duration], percent: usize) -> Duration {
    let mut sorted = times.to_vec();
    sorted.sort_unstable();
    sorted[(sorted.len() * percent).div_ceil(100).max(1) - 1]
}

/// How many times `base` fits into `value`.
pub fn ratio(value: Duration, base: Duration) -> String {
    format!("{:.2}×", value.as_secs_f64() / base.as_secs_f64())
}
