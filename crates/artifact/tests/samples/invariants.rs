//! What holds of every report, whatever was read: nothing is kept beyond the limits. Shared by the property tests and
//! the fuzz targets.

use artifact::report::{Case, Kind, Limits, Report};

/// Limits that small inputs reach.
pub const SMALL: Limits = Limits { cases: 8, name_bytes: 40, text_bytes: 50, all_text_bytes: 400, items: 3, depth: 20 };

/// Holds whatever was read.
pub fn check(report: &Report, limits: &Limits) {
    assert!(report.cases.len() <= limits.cases);
    assert!(report.problems.len() <= 16);
    let mut text_bytes = 0;
    for case in &report.cases {
        check_names(case, limits);
        let texts = texts(case);
        assert!(texts.iter().all(|text| text.len() <= limits.text_bytes), "a text is too long");
        text_bytes += texts.iter().map(|text| text.len()).sum::<usize>();
    }
    assert!(text_bytes <= limits.all_text_bytes, "texts are too long together: {text_bytes}");
    if report.kind == Kind::Coverage {
        let coverage = report.coverage.unwrap_or_default();
        assert!(coverage.lines_hit <= coverage.lines && coverage.branches_hit <= coverage.branches, "{coverage:?}");
    }
}

fn check_names(case: &Case, limits: &Limits) {
    let most = limits.name_bytes;
    assert!(case.name.len() <= most && case.suite.len() <= 2 * most);
    assert!([&case.class, &case.file].into_iter().flatten().all(|name| name.len() <= most));
    let pairs = case.parameters.iter().chain(&case.variant).chain(&case.properties);
    assert!(pairs.clone().all(|(name, value)| name.len() <= most && value.len() <= most));
    let lengths = [case.tries.len(), case.attachments.len(), case.properties.len(), case.parameters.len()];
    assert!(lengths.iter().all(|length| *length <= limits.items), "{lengths:?}");
    assert!(case.line != Some(0), "lines are counted from 1");
}

fn texts(case: &Case) -> Vec<&str> {
    let details = case.tries.iter().filter_map(|earlier| earlier.detail.as_ref()).chain(&case.detail);
    details
        .flat_map(|detail| [Some(detail.message.as_str()), detail.stack.as_deref()])
        .chain([case.stdout.as_deref(), case.stderr.as_deref()])
        .flatten()
        .collect()
}
