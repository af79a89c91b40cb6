//! Tests of the TAP reader over small samples.

use super::super::{Format, Limits, Report, read as read_report};
use super::*;

fn read_text(text: &str) -> Report {
    assert!(detect(&Head::new("out.tap", text.as_bytes())), "not detected");
    read_report(Format::Tap, &mut text.as_bytes(), &Limits::default())
}

fn cases(report: &Report) -> Vec<(&str, &str, Status)> {
    report.cases.iter().map(|case| (case.suite.as_ref(), case.name.as_str(), case.status)).collect()
}

#[test]
fn points_comments_and_diagnostics_are_read() {
    let report = read_text(
        "1..4\nok 1 - adds\nnot ok 2 pays\n# (in test file cart.bats, line 9)\n#   no money\n\
         not ok 3 - ships\n  ---\n  error: 'no ship'\n  code: E_SHIP\n  duration_ms: 12.4\n  location: 'cart.js:9:3'\n  ...\n\
         ok 4 - later # SKIP no time\n",
    );
    let expected = [
        ("", "adds", Status::Passed),
        ("", "pays", Status::Failed),
        ("", "ships", Status::Failed),
        ("", "later", Status::Skipped),
    ];
    assert_eq!(cases(&report), expected);
    assert_eq!(report.problems, []);
    assert_eq!(report.cases[1].detail.as_ref().unwrap().message, "(in test file cart.bats, line 9)");
    let ships = &report.cases[2];
    let detail = ships.detail.as_ref().unwrap();
    assert_eq!((detail.message.as_str(), detail.kind.as_deref()), ("no ship", Some("E_SHIP")));
    assert_eq!((ships.duration_ms, ships.file.as_deref(), ships.line), (Some(12), Some("cart.js"), Some(9)));
    assert_eq!(report.cases[3].detail.as_ref().unwrap().message, "no time");
}

#[test]
fn subtests_announced_before_them_are_suites() {
    let report = read_text(
        "TAP version 13\n# Subtest: cart\n    # Subtest: adds\n    ok 1 - adds\n    # Subtest: pays\n    not ok 2 - pays\n    1..2\n\
         not ok 1 - cart\n  ---\n  failureType: 'subtestsFailed'\n  ...\n# Subtest: alone\nok 2 - alone\n1..2\n",
    );
    let expected = [("cart", "adds", Status::Passed), ("cart", "pays", Status::Failed), ("", "alone", Status::Passed)];
    assert_eq!((cases(&report), report.problems.len()), (expected.to_vec(), 0));
}

#[test]
fn subtests_named_after_them_are_suites_too() {
    let report = read_text(
        "1..1\n    1..2\n        ok 1 - deep\n        1..1\n    ok 1 - inner\n    ok 2 - flat\nok 1 - outer\n",
    );
    assert_eq!(cases(&report), [("outer > inner", "deep", Status::Passed), ("outer", "flat", Status::Passed)]);
    assert_eq!(report.problems, []);
}

#[test]
fn braces_hold_subtests() {
    let report = read_text(
        "noise before\nTAP version 13\n1..3\nnot ok 1 - a.test.ts # time=5.00ms {\n    1..1\n    not ok 1 - cart # time=4.00ms {\n\
         \x20       1..2\n        ok 1 - adds # time=1.00ms\n        not ok 2 - pays # time=2.00ms\n            ---\n            error:\n\
         \x20               name: \"AssertionError\"\n                message: \"no money\"\n            ...\n    }\n}\n\
         not ok 2 - b.test.ts {\n}\nok 3 - a brace {\n",
    );
    let expected = [
        ("a.test.ts > cart", "adds", Status::Passed),
        ("a.test.ts > cart", "pays", Status::Failed),
        ("", "b.test.ts", Status::Failed),
        ("", "a brace {", Status::Passed),
    ];
    assert_eq!(cases(&report), expected);
    let detail = report.cases[1].detail.as_ref().unwrap();
    assert_eq!((detail.kind.as_deref(), detail.message.as_str()), (Some("AssertionError"), "no money"));
    assert_eq!(report.cases[2].scope, Scope::Suite);
    assert_eq!(report.problems, []);
}

#[test]
fn assertions_are_grouped_by_the_comment_above_them() {
    let report = read_text("TAP version 13\n# cart\nok 1 equal\nok 2 equal\n# shop\nok 3 equal\n\n1..3\n# tests 3\n");
    assert_eq!(report.cases.iter().map(|case| case.suite.as_ref()).collect::<Vec<_>>(), ["cart", "cart", "shop"]);
}

#[test]
fn what_breaks_off_is_said() {
    let interrupted = |reason: &str| vec![Problem::Interrupted { reason: reason.to_owned() }];
    assert_eq!(read_text("1..5\nok 1\nok 2\nok 3\n").problems, interrupted("planned 5, saw 3"));
    assert_eq!(read_text("1..5\nok 1\nBail out! no disk\n").problems, interrupted("no disk"));
    let report = read_text("TAP version 13\nok 1 - a\n");
    assert_eq!(report.problems, interrupted("no plan: the output may have ended early"));
    let report = read_text("TAP version 13\n1..1\nok 1 - a\nTAP version 13\n1..2\nok 1 - b\n");
    assert_eq!((report.cases.len(), report.problems), (2, interrupted("planned 2, saw 1")));
}

#[test]
fn deep_nesting_ends_at_the_limit() {
    let mut text = String::from("TAP version 14\n");
    for depth in 0..2000 {
        text += &format!("{}ok 1 - x\n", " ".repeat(depth));
    }
    let report = read_text(&text);
    assert!(report.problems.contains(&Problem::TooDeep { limit: 100 }));
}

#[test]
fn ordinary_texts_are_not_tap() {
    for text in [
        "ok 1 thing\n",
        "1. first\n2. second\n",
        "1..3 are the numbers\n",
        "ok\nok\n",
        "# Title\n\nok 7 - x\nok 8 - y\n",
    ] {
        assert!(!detect(&Head::new("a.txt", text.as_bytes())), "{text}");
    }
}
