//! Cobertura coverage: totals as the root states them, or as the lines add up where it does not.

use super::xml::{Handler, Keep, Tag, walk};
use super::{Coverage, Draft, Head, Input, Kind};
use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};

/// Whether this is one: other formats have the same root.
pub(super) fn detect(head: &Head) -> bool {
    let has = |text: &str| head.text.contains(text);
    head.root() == Some("coverage") && (has("line-rate=") || has("<packages") || has("lines-valid="))
}

/// Reads one.
pub(super) fn read(input: Input, draft: &mut Draft) {
    draft.set_kind(Kind::Coverage);
    walk(input, draft, &mut Cobertura::default());
}

#[derive(Default)]
struct Cobertura {
    stated: Option<Coverage>,
    counted: Coverage,
    /// Files by hash: classes of one file come one by one.
    files: HashSet<u64>,
    hasher: RandomState,
    /// Lines of methods are repeated among those of their class.
    in_method: bool,
}

impl Handler for Cobertura {
    fn start(&mut self, tag: Tag, _draft: &mut Draft) -> Keep {
        match tag.name {
            "coverage" => self.stated = stated(tag),
            "class" => {
                if let Some(name) = tag.get("filename") {
                    self.files.insert(self.hasher.hash_one(&*name.cow()));
                }
            }
            "methods" => self.in_method = true,
            "line" if !self.in_method => self.count(tag),
            _ => {}
        }
        Keep::Nothing
    }

    fn end(&mut self, name: &str, _text: Option<String>, _draft: &mut Draft) {
        if name == "methods" {
            self.in_method = false;
        }
    }

    fn finish(&mut self, draft: &mut Draft) {
        let totals = self.stated.unwrap_or(self.counted);
        draft.set_coverage(Coverage { files: self.files.len() as u64, ..totals });
    }
}

impl Cobertura {
    fn count(&mut self, tag: Tag) {
        self.counted.lines += 1;
        self.counted.lines_hit += u64::from(tag.number("hits").is_some_and(|hits| hits > 0));
        // "50% (1/2)"
        let Some(condition) = tag.get("condition-coverage") else { return };
        let condition = condition.cow();
        let taken = condition.split_once('(').and_then(|(_, rest)| rest.trim_end_matches(')').split_once('/'));
        let Some((Ok(hit), Ok(all))) = taken.map(|(hit, all)| (hit.parse::<u64>(), all.parse::<u64>())) else { return };
        self.counted.branches = self.counted.branches.saturating_add(all);
        self.counted.branches_hit = self.counted.branches_hit.saturating_add(hit.min(all));
    }
}

fn stated(tag: Tag) -> Option<Coverage> {
    // Some writers state whole numbers as "1.0".
    let number = |key| {
        tag.get(key)?.cow().parse::<f64>().ok().filter(|count| (0.0..1e15).contains(count)).map(|count| count as u64)
    };
    Some(Coverage {
        files: 0,
        lines: number("lines-valid")?,
        lines_hit: number("lines-covered")?,
        branches: number("branches-valid").unwrap_or(0),
        branches_hit: number("branches-covered").unwrap_or(0),
    })
}

#[cfg(test)]
mod tests {
    use super::super::xml::tests::sample;
    use super::super::{Coverage, Format, Kind};

    const CLASSES: &str = "<packages><package><classes><class filename='a.c'><methods><method><lines><line number='1' hits='1'/></lines>\
        </method></methods><lines><line number='1' hits='1' condition-coverage='50% (1/2)'/><line number='2' hits='0'/></lines></class>\
        <class filename='a.c'/></classes></package></packages>";

    #[test]
    fn totals_are_stated_or_counted() {
        let counted = sample(Format::Cobertura, &format!("<coverage>{CLASSES}</coverage>"));
        let expected = Coverage { files: 1, lines: 2, lines_hit: 1, branches: 2, branches_hit: 1 };
        assert_eq!((counted.kind, counted.coverage), (Kind::Coverage, Some(expected)));
        let stated =
            sample(Format::Cobertura, &format!("<coverage lines-valid='9' lines-covered='8'>{CLASSES}</coverage>"));
        assert_eq!(stated.coverage, Some(Coverage { files: 1, lines: 9, lines_hit: 8, ..Coverage::default() }));
    }
}
