//! OpenCover coverage, and SonarQube's generic coverage.

use super::xml::{Handler, Keep, Tag, walk};
use super::{Coverage, Draft, Head, Input, Kind};
use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};

/// Whether this is one.
pub(super) fn detect(head: &Head) -> bool {
    match head.root() {
        Some("CoverageSession") => true,
        Some("coverage") => head.text.contains("<lineToCover"),
        _ => false,
    }
}

/// Reads one.
pub(super) fn read(input: Input, draft: &mut Draft) {
    draft.set_kind(Kind::Coverage);
    walk(input, draft, &mut OpenCover::default());
}

#[derive(Default)]
struct OpenCover {
    depth: usize,
    coverage: Coverage,
    /// Files by hash: each module lists those it shares with others.
    files: HashSet<u64>,
    hasher: RandomState,
}

impl Handler for OpenCover {
    fn start(&mut self, tag: Tag, _draft: &mut Draft) -> Keep {
        self.depth += 1;
        match tag.name {
            // Every module, class and method has a summary as well.
            "Summary" if self.depth == 2 => {
                let number = |key| tag.number(key).unwrap_or(0);
                self.coverage.lines = number("numSequencePoints");
                self.coverage.lines_hit = number("visitedSequencePoints");
                self.coverage.branches = number("numBranchPoints");
                self.coverage.branches_hit = number("visitedBranchPoints");
            }
            "File" => self.file(tag, "fullPath"),
            "file" => self.file(tag, "path"),
            "lineToCover" => self.line(tag),
            _ => {}
        }
        Keep::Nothing
    }

    fn end(&mut self, _name: &str, _text: Option<String>, _draft: &mut Draft) {
        self.depth -= 1;
    }

    fn finish(&mut self, draft: &mut Draft) {
        draft.set_coverage(Coverage { files: self.files.len() as u64, ..self.coverage });
    }
}

impl OpenCover {
    fn file(&mut self, tag: Tag, key: &str) {
        if let Some(path) = tag.get(key) {
            self.files.insert(self.hasher.hash_one(&*path.cow()));
        }
    }

    fn line(&mut self, tag: Tag) {
        self.coverage.lines += 1;
        self.coverage.lines_hit += u64::from(tag.get("covered").is_some_and(|covered| covered.cow() == "true"));
        let branches = tag.number("branchesToCover").unwrap_or(0);
        let hit = tag.number("coveredBranches").unwrap_or(0).min(branches);
        self.coverage.branches = self.coverage.branches.saturating_add(branches);
        self.coverage.branches_hit = self.coverage.branches_hit.saturating_add(hit);
    }
}

#[cfg(test)]
mod tests {
    use super::super::xml::tests::sample;
    use super::super::{Coverage, Format};

    #[test]
    fn the_summary_of_the_session_is_the_total() {
        let report = sample(
            Format::OpenCover,
            "<CoverageSession><Summary numSequencePoints='10' visitedSequencePoints='7' numBranchPoints='4' visitedBranchPoints='3'/>\
             <Modules><Module><Summary numSequencePoints='1'/><Files><File uid='1' fullPath='a.cs'/><File uid='2' fullPath='a.cs'/></Files></Module></Modules></CoverageSession>",
        );
        assert_eq!(report.coverage, Some(Coverage { files: 1, lines: 10, lines_hit: 7, branches: 4, branches_hit: 3 }));
    }

    #[test]
    fn lines_of_the_generic_format_are_counted() {
        let report = sample(
            Format::OpenCover,
            "<coverage version='1'><file path='a'><lineToCover lineNumber='1' covered='true' branchesToCover='2' coveredBranches='1'/>\
             <lineToCover lineNumber='2' covered='false'/></file></coverage>",
        );
        assert_eq!(report.coverage, Some(Coverage { files: 1, lines: 2, lines_hit: 1, branches: 2, branches_hit: 1 }));
    }
}
