//! X: what reports and logs can do to their readers. Every run is in one poll; each case looks at its own.

use crate::stage::{Bait, Hostile, PATIENCE, Seen};
use serde_json::{Value, json};
use std::sync::OnceLock;

/// Reports that can carry a document type, by the name of their run, and how many cases each has.
const XML: [(&str, &str, &str, i64); 5] = [
    ("x1 junit", "junit.xml", include_str!("../../../artifact/tests/samples/junit.xml"), 5),
    ("x1 trx", "results.trx", include_str!("../../../artifact/tests/samples/trx.trx"), 3),
    ("x1 xunit", "xunit.xml", include_str!("../../../artifact/tests/samples/xunit.xml"), 3),
    ("x1 nunit", "nunit.xml", include_str!("../../../artifact/tests/samples/nunit3.xml"), 3),
    ("x1 testng", "testng-results.xml", include_str!("../../../artifact/tests/samples/testng.xml"), 3),
];
const TESTS: &str = "/api/runs/{run}/tests?limit=100";
const INDEX: &str = "/api/jobs/{job}/log/index";
const LINES: &str = "/api/jobs/{job}/log/lines?from=1&count=100";
const FIND: &str = "/api/jobs/{job}/log/search?q=needle";
const SLOW: [&str; 4] = [
    "/api/jobs/{job}/log/search?regex=1&q=(a%2B)%2B%24",
    "/api/jobs/{job}/log/search?regex=1&q=(%3F:a%3F)%7B200%7Da%7B200%7D",
    "/api/jobs/{job}/log/search?regex=1&q=(.*)*(.*)*x",
    "/api/jobs/{job}/log/search?regex=1&q=(x%2Bx%2B)%2By",
];
const TOO_LARGE: &str = "/api/jobs/{job}/log/search?regex=1&q=%5Cw%7B1000%7D%7B1000%7D";

fn seen() -> &'static Seen {
    static SEEN: OnceLock<Seen> = OnceLock::new();
    SEEN.get_or_init(|| Seen::of(hostile))
}

fn hostile(bait: &Bait) -> Vec<Hostile> {
    let mut all = documents(bait);
    all.extend(shapes());
    all.extend(values(bait));
    all.extend(logs());
    all
}

fn junit(cases: &str) -> Vec<u8> {
    format!("<?xml version=\"1.0\"?><testsuites><testsuite name=\"s\">{cases}</testsuite></testsuites>").into_bytes()
}

fn with_doctype(doctype: &str, cases: &str) -> Vec<u8> {
    String::from_utf8(junit(cases)).unwrap().replace("?>", &format!("?>{doctype}")).into_bytes()
}

fn report(name: &'static str, file: &str, bytes: Vec<u8>) -> Hostile {
    Hostile::files(name, vec![(file, bytes)]).asking(TESTS)
}

fn documents(bait: &Bait) -> Vec<Hostile> {
    let (file, address) = (bait.file.display(), bait.address);
    let doctype = format!(
        "<!DOCTYPE r PUBLIC \"-//x\" \"http://{address}/r.dtd\" [<!ENTITY % p SYSTEM \"http://{address}/p.dtd\"> %p; \
         <!ENTITY x SYSTEM \"file://{file}\"> <!ENTITY y SYSTEM \"http://{address}/y\">]>"
    );
    let mut all = Vec::new();
    for (name, path, text, _) in XML {
        let body = text.split_once("?>").map_or(text, |(_, body)| body);
        let hostile = format!("<?xml version=\"1.0\"?>{doctype}{}", body.replace("ounds", "ounds&x;&y;"));
        all.push(report(name, path, hostile.into_bytes()));
    }
    let laughs: String =
        (1..12).map(|n| format!("<!ENTITY a{n} \"{}\">", format!("&a{};", n - 1).repeat(10))).collect();
    let laughs = format!("<!DOCTYPE r [<!ENTITY a0 \"ha\">{laughs}]>");
    let quadratic = format!("<!DOCTYPE r [<!ENTITY q \"{}\">]>", "q".repeat(3_000));
    let long = format!("<!DOCTYPE r [<!ENTITY q \"{}\">]>", "q".repeat(1_000_000));
    let failing = |text: &str| format!("<testcase name=\"t\"><failure message=\"m\">{text}</failure></testcase>");
    all.push(report("x2 laughs", "junit.xml", with_doctype(&laughs, &failing(&"&a11;".repeat(100)))));
    all.push(report("x2 quadratic", "junit.xml", with_doctype(&quadratic, &failing(&"&q;".repeat(100_000)))));
    all.push(report("x2 doctypes", "junit.xml", with_doctype(&long.repeat(5), &failing("x"))));
    all.push(report("x2 references", "junit.xml", junit(&failing(&"&#65;".repeat(1_000_000)))));
    all
}

fn shapes() -> Vec<Hostile> {
    let attributes: String = (0..800_000).map(|n| format!(" a{n}=\"\"")).collect();
    let spaces: String = (0..100_000).map(|n| format!(" xmlns:n{n}=\"u\"")).collect();
    let tiny = format!("[{}{{}}]", "{\"a\":1},".repeat(1_400_000));
    let repeated = "<testcase classname=\"c\" name=\"again\"/>".repeat(10_000);
    vec![
        report("x3 attributes", "junit.xml", junit(&format!("<testcase name=\"t\"{attributes}/>"))),
        report("x3 namespaces", "junit.xml", junit(&format!("<testcase name=\"t\"{spaces}/>"))),
        report("x4 xml", "junit.xml", junit(&"<testsuite>".repeat(1_000_000))),
        report("x4 json", "results.json", "[".repeat(1_000_000).into_bytes()).asking("/api/files/{artifact}.0/json"),
        report("x4 deep", "ctrf.json", deep_ctrf()).asking("/api/files/{artifact}.0/json"),
        report("x6", "results.json", tiny.into_bytes()).asking("/api/files/{artifact}.0/json"),
        report("x9", "junit.xml", junit(&repeated)),
    ]
}

fn deep_ctrf() -> Vec<u8> {
    let deep = "{\"a\":".repeat(500_000);
    format!("{{\"reportFormat\":\"CTRF\",\"results\":{{\"tool\":{{\"name\":\"t\"}},\"extra\":{deep}").into_bytes()
}

fn values(bait: &Bait) -> Vec<Hostile> {
    let text = XML[0].2;
    let wide: Vec<u8> = format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    let latin = text.replace("UTF-8", "ISO-8859-1").replace("rounds", "r\u{fc}nds");
    let latin: Vec<u8> = latin.chars().map(|char| char as u32 as u8).collect();
    let wrong = text.replace("UTF-8", "x-no-such-encoding").replace("rounds", "r\u{1}\u{b}nds");
    let times = ["NaN", "1e999", "-1", "inf", "", "1,5", &"9".repeat(400)];
    let times: String = times.iter().map(|time| format!("<testcase name=\"t{time:.9}\" time=\"{time}\"/>")).collect();
    let dates = ["0000-00-00T00:00:00", "9999-12-31T23:59:60Z", "-1", "99999-01-01"];
    let dates: String = dates.iter().map(|date| format!("<testsuite name=\"{date}\" timestamp=\"{date}\"/>")).collect();
    let long = "n".repeat(10 << 20);
    let names = [
        &long,
        "&lt;img src=x onerror=alert(1)&gt;",
        "&#27;[31mred",
        "&#0;nul",
        "\u{202e}gnp.exe",
        "${{ secrets.X }}",
        "{{7*7}}",
    ];
    let names: String = names
        .iter()
        .map(|name| {
            format!("<testcase classname=\"{name:.99}\" name=\"{name}\"><failure message=\"{name:.99}\"/></testcase>")
        })
        .collect();
    let outside = [
        "../../../../etc/passwd".to_owned(),
        bait.file.display().to_string(),
        format!("file://{}", bait.file.display()),
        format!("http://{}/x.png", bait.address),
        "\\\\host\\share\\x.png".to_owned(),
        "shot.png".to_owned(),
    ];
    let marks: String = outside.iter().map(|path| format!("[[ATTACHMENT|{path}]]\n")).collect();
    let pointing = format!("<testcase name=\"t\"><failure message=\"m\"/><system-out>{marks}</system-out></testcase>");
    let claims = "<testsuite name=\"s\" tests=\"9223372036854775808\" failures=\"-5\" errors=\"1e30\"><testcase name=\"a\"/><testcase name=\"b\"><failure/></testcase></testsuite>";
    let mixed = [b"{\"results\":".as_slice(), text.as_bytes(), b"TAP version 13\nok 1 - x\n"].concat();
    vec![
        report("x5 utf16", "junit.xml", wide),
        report("x5 latin", "junit.xml", latin),
        report("x5 unknown", "junit.xml", wrong.into_bytes()),
        report("x7", "junit.xml", junit(&times)),
        report("x7 dates", "junit.xml", junit(&format!("{dates}<testcase name=\"t\"/>"))),
        report("x10", "junit.xml", junit(&names)).asking("/r/{run}.txt").asking("/r/{run}.md"),
        Hostile::files("x11", vec![("junit.xml", junit(&pointing)), ("shot.png", b"\x89PNG\r\n\x1a\n".to_vec())])
            .asking(TESTS),
        report("x12", "junit.xml", format!("<testsuites>{claims}</testsuites>").into_bytes()),
        report("x12 mixed", "results.json", mixed),
    ]
}

fn logs() -> Vec<Hostile> {
    let endless = [vec![b'a'; 16 << 20], b" needle".to_vec()].concat();
    let colours = "\x1b[31m\x1b[0m".repeat(1_500_000) + "needle\n";
    let tricks = [
        "\x1b]8;;javascript:alert(1)\x07click\x1b]8;;\x07 needle",
        "\x1b[2J\x1b[?1049h\x1b[1;1Hneedle after clearing",
        "visible needle\rhidden",
        "##[group]forged needle",
        "##[endgroup]",
        "##[endgroup]",
        "##[error]forged\u{202e} needle",
        "\x1b[999999999Cneedle far right",
        "\x1b[",
        "\x1b]8;;",
        "\0nul needle",
        "\u{fffd}\u{feff}needle",
    ];
    let slow = "a".repeat(1 << 20) + "!\n";
    let asked = |log: Hostile| log.asking(INDEX).asking(LINES).asking(FIND);
    let slow = SLOW.iter().fold(Hostile::log("x18", slow), |log, path| log.asking(path));
    vec![
        asked(Hostile::log("x13 endless", endless)),
        asked(Hostile::log("x13 colours", colours)),
        asked(Hostile::log("x13 tricks", tricks.join("\n"))),
        slow.asking(TOO_LARGE),
    ]
}

/// Counts of the results of a run: total, failed, and whether something is said to be wrong.
fn counts(name: &str) -> (i64, i64, Option<String>) {
    let tests = &seen().run(name).tests;
    let problem = tests["problem"].as_str().map(str::to_owned);
    (tests["total"].as_i64().unwrap(), tests["failed"].as_i64().unwrap(), problem)
}

fn results(name: &str) -> Vec<Value> {
    let answer = seen().run(name).answer(TESTS);
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()["tests"].as_array().unwrap().clone()
}

#[test]
fn x1_external_entities_are_neither_read_nor_fetched() {
    for (name, _, _, cases) in XML {
        let (total, _, problem) = counts(name);
        assert_eq!(total, cases, "{name}: {problem:?}");
        assert!(!seen().run(name).answer(TESTS).text().contains("secret.txt"), "{name}");
    }
}

#[test]
fn x2_entities_do_not_grow() {
    for name in ["x2 laughs", "x2 quadratic", "x2 references"] {
        let (total, failed, problem) = counts(name);
        assert_eq!((total, failed), (1, 1), "{name}: {problem:?}");
        assert!(seen().run(name).answer(TESTS).body.len() < 200_000, "{name}");
    }
    assert!(counts("x2 doctypes").0 <= 1);
}

#[test]
fn x3_a_flood_of_attributes_is_read() {
    for name in ["x3 attributes", "x3 namespaces"] {
        assert_eq!(counts(name).0, 1, "{name}: {:?}", counts(name).2);
    }
}

#[test]
fn x4_depth_ends_in_a_problem() {
    let (total, _, problem) = counts("x4 xml");
    assert_eq!(total, 0);
    assert!(problem.is_some_and(|problem| problem.contains("deep")), "nesting is told");
    for name in ["x4 json", "x4 deep"] {
        assert_eq!(counts(name).0, 0, "{name}");
        let page = seen().run(name).answer("/api/files/{artifact}.0/json");
        assert!((200..500).contains(&page.status), "{name}: {}", page.text());
    }
}

#[test]
fn x5_other_encodings_are_read() {
    for name in ["x5 utf16", "x5 latin", "x5 unknown"] {
        let (total, failed, problem) = counts(name);
        assert_eq!((total, failed), (5, 2), "{name}: {problem:?}");
    }
    let names: Vec<Value> = results("x5 latin").iter().map(|test| test["name"].clone()).collect();
    assert!(names.contains(&json!("r\u{fc}nds")), "{names:?}");
}

#[test]
fn x6_tiny_objects_are_paged_without_a_tree() {
    let page = seen().run("x6").answer("/api/files/{artifact}.0/json");
    assert_eq!(page.status, 200, "{}", page.text());
    assert!(page.body.len() < 1 << 20 && page.took < PATIENCE, "{:?}", page.took);
}

#[test]
fn x7_impossible_numbers_and_dates_change_no_count() {
    assert_eq!((counts("x7").0, counts("x7 dates").0), (7, 1));
    for test in results("x7") {
        let duration = &test["durationMs"];
        assert!(duration.is_null() || duration.as_i64().is_some_and(|ms| ms >= 0), "{test}");
    }
}

#[test]
fn x9_one_test_ten_thousand_times_is_counted() {
    let (total, _, problem) = counts("x9");
    assert!([1, 10_000].contains(&total), "{total} {problem:?}");
}

#[test]
fn x10_names_are_cut_and_stay_text() {
    let results = results("x10");
    assert!(results.len() >= 6, "{}", results.len());
    for test in &results {
        assert!(test["name"].as_str().unwrap().len() <= 1100, "a name is cut");
    }
    for path in ["/r/{run}.txt", "/r/{run}.md"] {
        let shown = seen().run("x10").answer(path).text();
        assert!(!shown.contains(['\x1b', '\u{202e}', '\0']), "{path}: {shown:?}");
    }
}

#[test]
fn x11_attachments_stay_in_their_artifact() {
    let results = results("x11");
    let attachments = results[0]["attachments"].as_array().cloned().unwrap_or_default();
    for attachment in &attachments {
        let url = attachment["url"].as_str().unwrap_or_default();
        assert!(url.is_empty() || url.starts_with("/api/files/"), "{attachment}");
    }
    let found = attachments.iter().filter(|one| !one["fileId"].is_null() || !one["url"].is_null());
    assert!(found.count() <= 1, "only the picture of the artifact is found: {attachments:?}");
}

#[test]
fn x12_counts_come_from_cases() {
    let (total, failed, _) = counts("x12");
    assert_eq!((total, failed), (2, 1));
    assert_eq!(counts("x12 mixed").1, 0, "no failure is made up of a mixture");
}

#[test]
fn x13_hostile_logs_are_shown_and_searched() {
    for name in ["x13 endless", "x13 colours", "x13 tricks"] {
        let run = seen().run(name);
        for path in [INDEX, LINES, FIND] {
            let answer = run.answer(path);
            assert_eq!(answer.status, 200, "{name} {path}: {:.300}", answer.text());
            assert!(answer.body.len() < 4 << 20, "{name} {path}: {} bytes", answer.body.len());
            assert!(answer.took < PATIENCE, "{name} {path}: {:?}", answer.took);
        }
    }
    let found = seen().run("x13 tricks").answer(FIND).text();
    assert!(found.matches("\"line\"").count() >= 8, "{found}");
}

#[test]
fn x18_no_expression_is_slow() {
    let run = seen().run("x18");
    for path in SLOW {
        let answer = run.answer(path);
        assert!([200, 400].contains(&answer.status), "{path}: {}", answer.text());
        assert!(answer.took < PATIENCE, "{path}: {:?}", answer.took);
    }
    assert_eq!(run.answer(TOO_LARGE).status, 400);
}
