//! JaCoCo coverage: the counters of the whole report.

use super::xml::{Handler, Keep, Tag, walk};
use super::{Coverage, Draft, Head, Input, Kind};

/// Whether this is one.
pub(super) fn detect(head: &Head) -> bool {
    let has = |text: &str| head.text.contains(text);
    head.root() == Some("report") && (has("//JACOCO//") || has("<sessioninfo") || has("<counter type="))
}

/// Reads one.
pub(super) fn read(input: Input, draft: &mut Draft) {
    draft.set_kind(Kind::Coverage);
    walk(input, draft, &mut Jacoco::default());
}

#[derive(Default)]
struct Jacoco {
    depth: usize,
    coverage: Coverage,
}

impl Handler for Jacoco {
    fn start(&mut self, tag: Tag, _draft: &mut Draft) -> Keep {
        self.depth += 1;
        match tag.name {
            "sourcefile" => self.coverage.files += 1,
            // Every package, class and method has counters as well.
            "counter" if self.depth == 2 => self.count(tag),
            _ => {}
        }
        Keep::Nothing
    }

    fn end(&mut self, _name: &str, _text: Option<String>, _draft: &mut Draft) {
        self.depth -= 1;
    }

    fn finish(&mut self, draft: &mut Draft) {
        draft.set_tool("JaCoCo");
        draft.set_coverage(self.coverage);
    }
}

impl Jacoco {
    fn count(&mut self, tag: Tag) {
        let (missed, hit) = (tag.number("missed").unwrap_or(0), tag.number("covered").unwrap_or(0));
        match &*tag.text("type") {
            "LINE" => (self.coverage.lines, self.coverage.lines_hit) = (missed.saturating_add(hit), hit),
            "BRANCH" => (self.coverage.branches, self.coverage.branches_hit) = (missed.saturating_add(hit), hit),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::xml::tests::sample;
    use super::super::{Coverage, Format};

    #[test]
    fn counters_of_the_report_are_the_totals() {
        let report = sample(
            Format::Jacoco,
            "<report name='x'><sessioninfo id='s'/><package><sourcefile name='A.java'><counter type='LINE' missed='1' covered='1'/></sourcefile>\
             </package><counter type='LINE' missed='3' covered='7'/><counter type='BRANCH' missed='1' covered='2'/></report>",
        );
        assert_eq!(report.coverage, Some(Coverage { files: 1, lines: 10, lines_hit: 7, branches: 3, branches_hit: 2 }));
    }
}
