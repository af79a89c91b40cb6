//! Istanbul's coverage summary (`coverage-summary.json`), as Jest, Vitest, nyc and c8 write it.

use super::json::{Object, Value, document};
use super::{Coverage, Draft, Head, Input, Kind};
use serde::de::MapAccess;

/// Whether this is one.
pub(super) fn detect(head: &Head) -> bool {
    ["total.lines.total", "total.statements.total", "total.branches.pct"].iter().all(|path| head.has_path(path))
}

/// Reads one.
pub(super) fn read(input: Input, draft: &mut Draft) {
    draft.set_kind(Kind::Coverage);
    let mut root = Root::default();
    let result = document(input, &mut root);
    draft.set_coverage(root.0);
    if let Err(problem) = result {
        draft.problem(problem);
    }
}

/// The totals, and each further member a file.
#[derive(Default)]
struct Root(Coverage);

#[derive(Default)]
struct Totals {
    lines: Count,
    branches: Count,
}

#[derive(Default)]
struct Count {
    total: u64,
    covered: u64,
}

impl Object for Root {
    fn member<'de, A: MapAccess<'de>>(&mut self, name: &str, value: Value<'_, A>) -> Result<(), A::Error> {
        if name != "total" {
            self.0.files += 1;
            return Ok(());
        }
        let mut totals = Totals::default();
        value.object(&mut totals)?;
        (self.0.lines, self.0.lines_hit) = (totals.lines.total, totals.lines.covered);
        (self.0.branches, self.0.branches_hit) = (totals.branches.total, totals.branches.covered);
        Ok(())
    }
}

impl Object for Totals {
    fn member<'de, A: MapAccess<'de>>(&mut self, name: &str, value: Value<'_, A>) -> Result<(), A::Error> {
        match name {
            "lines" => value.object(&mut self.lines),
            "branches" => value.object(&mut self.branches),
            _ => Ok(()),
        }
    }
}

impl Object for Count {
    fn member<'de, A: MapAccess<'de>>(&mut self, name: &str, value: Value<'_, A>) -> Result<(), A::Error> {
        match name {
            "total" => self.total = value.count()?.unwrap_or(0),
            "covered" => self.covered = value.count()?.unwrap_or(0),
            _ => {}
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Format, Limits, read as read_report};
    use super::*;

    #[test]
    fn totals_and_files_are_read() {
        let part = r#"{"lines":{"total":10,"covered":7,"skipped":0,"pct":70},"statements":{"total":12,"covered":8,"pct":66.6},
            "functions":{"total":3,"covered":3,"pct":100},"branches":{"total":4,"covered":1,"pct":25}}"#;
        let text = format!("{{\"total\":{part},\"/src/a.js\":{part}}}");
        assert!(detect(&Head::new("a.json", text.as_bytes())));
        let report = read_report(Format::Istanbul, &mut text.as_bytes(), &Limits::default());
        let expected = Coverage { files: 1, lines: 10, lines_hit: 7, branches: 4, branches_hit: 1 };
        assert_eq!((report.kind, report.coverage, report.problems), (Kind::Coverage, Some(expected), vec![]));
    }
}
