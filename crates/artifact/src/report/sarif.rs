//! SARIF: findings of a linter or scanner. They are counted, and the tool is named.

use super::json::{Object, Value, document};
use super::{Draft, Head, Input, Kind};
use serde::de::MapAccess;

/// Whether this is one.
pub(super) fn detect(head: &Head) -> bool {
    let is_named = head.has_path("$schema") && head.text.contains("sarif");
    let has_results = head.has_path("runs.tool.driver") || head.has_path("runs.results.ruleId");
    head.has_path("runs") && (is_named || head.has_path("version") && has_results)
}

/// Reads one.
pub(super) fn read(input: Input, draft: &mut Draft) {
    draft.set_kind(Kind::Lint);
    let mut root = Root(Run { draft, tool: Tool::default(), finding: Finding::default() });
    if let Err(problem) = document(input, &mut root) {
        draft.problem(problem);
    }
}

struct Root<'d>(Run<'d>);

struct Run<'d> {
    draft: &'d mut Draft,
    tool: Tool,
    finding: Finding,
}

#[derive(Default)]
struct Tool(Driver);

#[derive(Default)]
struct Driver {
    name: Option<String>,
    version: Option<String>,
}

/// Counts results that are findings: some tools also list rules that passed.
#[derive(Default)]
struct Finding {
    count: u64,
    is_none: bool,
}

impl Object for Root<'_> {
    fn member<'de, A: MapAccess<'de>>(&mut self, name: &str, value: Value<'_, A>) -> Result<(), A::Error> {
        if name == "runs" { value.each(&mut self.0) } else { Ok(()) }
    }
}

impl Object for Run<'_> {
    fn member<'de, A: MapAccess<'de>>(&mut self, name: &str, value: Value<'_, A>) -> Result<(), A::Error> {
        match name {
            "tool" => {
                self.tool = Tool::default();
                value.object(&mut self.tool)?;
                let Driver { name, version } = std::mem::take(&mut self.tool.0);
                let tool = [name, version].into_iter().flatten().collect::<Vec<_>>().join(" ");
                self.draft.set_tool(&tool);
            }
            "results" => {
                let result = value.each(&mut self.finding);
                self.draft.add_findings(std::mem::take(&mut self.finding).count);
                result?;
            }
            _ => {}
        }
        Ok(())
    }
}

impl Object for Tool {
    fn member<'de, A: MapAccess<'de>>(&mut self, name: &str, value: Value<'_, A>) -> Result<(), A::Error> {
        if name == "driver" { value.object(&mut self.0) } else { Ok(()) }
    }
}

impl Object for Driver {
    fn member<'de, A: MapAccess<'de>>(&mut self, name: &str, value: Value<'_, A>) -> Result<(), A::Error> {
        match name {
            "name" => self.name = value.name()?,
            "version" | "semanticVersion" => self.version = value.name()?.or(self.version.take()),
            _ => {}
        }
        Ok(())
    }
}

impl Object for Finding {
    fn begin(&mut self) {
        self.is_none = false;
    }

    fn member<'de, A: MapAccess<'de>>(&mut self, name: &str, value: Value<'_, A>) -> Result<(), A::Error> {
        if name == "kind" {
            self.is_none = value.name()?.is_some_and(|kind| matches!(kind.as_str(), "pass" | "notApplicable"));
        }
        Ok(())
    }

    fn end(&mut self) {
        self.count += u64::from(!self.is_none);
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Format, Limits, Problem, read as read_report};
    use super::*;

    const SAMPLE: &str = r#"{"version":"2.1.0","runs":[
        {"tool":{"driver":{"name":"lint","version":"1.2"}},"results":[{"ruleId":"A"},{"ruleId":"B","kind":"pass"}]},
        {"tool":{"driver":{"name":"scan"}},"results":[{"ruleId":"C"}]}]}"#;

    #[test]
    fn findings_of_all_runs_are_counted() {
        assert!(detect(&Head::new("a.json", SAMPLE.as_bytes())));
        let report = read_report(Format::Sarif, &mut SAMPLE.as_bytes(), &Limits::default());
        assert_eq!((report.kind, report.findings, report.tool.as_deref()), (Kind::Lint, 2, Some("lint 1.2")));
        assert_eq!((report.cases.len(), report.problems), (0, vec![]));
    }

    #[test]
    fn findings_before_a_cut_are_counted() {
        let cut = &SAMPLE[..SAMPLE.find("\"kind\"").unwrap()];
        let report = read_report(Format::Sarif, &mut cut.as_bytes(), &Limits::default());
        assert_eq!((report.findings, report.problems), (1, vec![Problem::Truncated]));
    }
}
