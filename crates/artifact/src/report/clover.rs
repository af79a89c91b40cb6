//! Clover coverage: the metrics of the project. Statements are what others call lines.

use super::xml::{Handler, Keep, Tag, walk};
use super::{Coverage, Draft, Head, Input, Kind};

/// Whether this is one: other formats have the same root.
pub(super) fn detect(head: &Head) -> bool {
    head.root() == Some("coverage") && head.text.contains("<project") && head.text.contains("<metrics")
}

/// Reads one.
pub(super) fn read(input: Input, draft: &mut Draft) {
    draft.set_kind(Kind::Coverage);
    walk(input, draft, &mut Clover::default());
}

#[derive(Default)]
struct Clover {
    /// Open elements within the project.
    depth: usize,
    in_project: bool,
    coverage: Coverage,
}

impl Handler for Clover {
    fn start(&mut self, tag: Tag, _draft: &mut Draft) -> Keep {
        match tag.name {
            "project" => (self.in_project, self.depth) = (true, 0),
            "metrics" if self.in_project && self.depth == 0 => self.count(tag),
            "file" if self.in_project => self.coverage.files += 1,
            _ => {}
        }
        self.depth += 1;
        if tag.name == "project" {
            self.depth = 0;
        }
        Keep::Nothing
    }

    fn end(&mut self, name: &str, _text: Option<String>, _draft: &mut Draft) {
        if name == "project" {
            self.in_project = false;
        }
        self.depth = self.depth.saturating_sub(1);
    }

    fn finish(&mut self, draft: &mut Draft) {
        draft.set_coverage(self.coverage);
    }
}

impl Clover {
    fn count(&mut self, tag: Tag) {
        let number = |key| tag.number(key).unwrap_or(0);
        self.coverage.lines = number("statements");
        self.coverage.lines_hit = number("coveredstatements");
        self.coverage.branches = number("conditionals");
        self.coverage.branches_hit = number("coveredconditionals");
    }
}

#[cfg(test)]
mod tests {
    use super::super::xml::tests::sample;
    use super::super::{Coverage, Format};

    #[test]
    fn metrics_of_the_project_are_the_totals() {
        let report = sample(
            Format::Clover,
            "<coverage clover='4'><project><metrics statements='10' coveredstatements='7' conditionals='4' coveredconditionals='3'>\
             <package><metrics statements='1'/><file><metrics statements='1'/></file></package></metrics></project>\
             <testproject><metrics statements='99'/></testproject></coverage>",
        );
        assert_eq!(report.coverage, Some(Coverage { files: 1, lines: 10, lines_hit: 7, branches: 4, branches_hit: 3 }));
    }
}
