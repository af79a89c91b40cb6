//! The path of suites within suites, for formats that nest them and may name a suite behind its cases.

use super::Draft;
use std::sync::Arc;

/// Between the titles of a path.
const SEPARATOR: &str = " > ";

/// A suite that is being read.
#[derive(Debug, Clone, Default)]
pub(super) struct Nest {
    parent: Arc<str>,
    path: Arc<str>,
    from: usize,
    late: Option<String>,
}

impl Nest {
    /// A suite below the path `parent`.
    pub(super) fn below(parent: &Arc<str>) -> Nest {
        Nest { parent: Arc::clone(parent), path: Arc::clone(parent), ..Nest::default() }
    }

    /// Begins the next suite below the same parent.
    pub(super) fn begin(&mut self, draft: &Draft) {
        *self = Nest { from: draft.len(), ..Nest::below(&self.parent) };
    }

    /// Names it. Where cases were taken before, they are told at [`Nest::end`].
    pub(super) fn set_title(&mut self, draft: &Draft, title: String) {
        if draft.len() == self.from {
            self.path = under(&self.parent, &title);
        } else {
            self.late = Some(title);
        }
    }

    /// Its path as far as it is known.
    pub(super) fn path(&self) -> &Arc<str> {
        &self.path
    }

    /// Number of cases that were taken before it.
    pub(super) fn from(&self) -> usize {
        self.from
    }

    /// Ends it: its cases are put under a title that came behind them.
    pub(super) fn end(&mut self, draft: &mut Draft) {
        let Some(title) = self.late.take() else { return };
        let (old, new) = (Arc::clone(&self.path), under(&self.path, &title));
        let mut last = (Arc::clone(&old), Arc::clone(&new));
        draft.amend(self.from, |case| {
            if !Arc::ptr_eq(&case.suite, &last.0) {
                let below = case.suite.get(old.len()..).unwrap_or_default();
                let below = if old.is_empty() { below } else { below.strip_prefix(SEPARATOR).unwrap_or(below) };
                last = (Arc::clone(&case.suite), under(&new, below));
            }
            case.suite = Arc::clone(&last.1);
        });
    }
}

/// The path of the suite `title` within `parent`; one of them may be empty.
pub(super) fn under(parent: &Arc<str>, title: &str) -> Arc<str> {
    match (parent.is_empty(), title.is_empty()) {
        (_, true) => Arc::clone(parent),
        (true, false) => title.into(),
        (false, false) => [parent, SEPARATOR, title].concat().into(),
    }
}

/// The path of suites with these titles, and `last` itself where it is the same.
pub(super) fn joined(titles: &[String], last: &Arc<str>) -> Arc<str> {
    let titles: Vec<&str> = titles.iter().map(String::as_str).filter(|title| !title.is_empty()).collect();
    let path = titles.join(SEPARATOR);
    if path.as_str() == &**last { Arc::clone(last) } else { path.into() }
}

#[cfg(test)]
mod tests {
    use super::super::{Case, Format, Limits};
    use super::*;

    #[test]
    fn a_title_behind_the_cases_reaches_them() {
        let mut draft = Draft::new(Format::Mochawesome, &Limits::default());
        let mut outer = Nest::below(&"top".into());
        outer.begin(&draft);
        let mut inner = Nest::below(outer.path());
        inner.begin(&draft);
        draft.push(Case { suite: Arc::clone(inner.path()), ..Case::default() });
        inner.set_title(&draft, "inner".into());
        inner.end(&mut draft);
        draft.push(Case { suite: Arc::clone(outer.path()), ..Case::default() });
        outer.set_title(&draft, "outer".into());
        outer.end(&mut draft);
        let suites: Vec<_> = draft.finish().cases.into_iter().map(|case| case.suite.to_string()).collect();
        assert_eq!(suites, ["top > outer > inner", "top > outer"]);
    }
}
