//! What is read of Playwright traces: of every version's way of writing, of real ones in `../shared/corpus` where that
//! is present, and of broken and hostile ones.
#![allow(clippy::unwrap_used)]

mod support;

use artifact::trace::{ConsoleSource, NotATrace, Trace, TraceLimits, is_trace, read};
use artifact::{Limits, scan};
use proptest::prelude::*;
use serde_json::json;
use std::path::PathBuf;
use support::{Part, deflated, stored};

const JPEG: &[u8] = b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0\xff\xd9";
const SPEC: &str = "/home/dev/shop/tests/cart.spec.ts";

fn lines(events: &[serde_json::Value]) -> Vec<u8> {
    events.iter().map(|event| format!("{event}\n")).collect::<String>().into_bytes()
}

fn read_zip(zip: &[u8], limits: &TraceLimits) -> Result<Trace, NotATrace> {
    let contents = scan(&zip, &Limits::default()).unwrap();
    read(&zip, &contents, limits)
}

fn trace_of(parts: Vec<Part>) -> Trace {
    read_zip(&support::zip(parts), &TraceLimits::default()).unwrap()
}

/// The browser's file of the sample: a page is opened, a click fails.
fn browser_events() -> Vec<serde_json::Value> {
    vec![
        json!({"version": 8, "type": "context-options", "origin": "library", "browserName": "firefox", "platform": "linux",
            "wallTime": 1_700_000_000_500.0, "monotonicTime": 1000, "options": {"viewport": {"width": 800, "height": 600}, "baseURL": "http://shop.test"}}),
        json!({"type": "before", "callId": "call@1", "stepId": "pw:api@3", "startTime": 1010.04, "class": "Frame", "method": "goto",
            "params": {"url": "/cart", "timeout": 0, "headers": [{"a": 1}], "nothing": null}, "pageId": "page@1"}),
        json!({"type": "screencast-frame", "pageId": "page@1", "sha1": "p-1.jpeg", "width": 800, "height": 600, "timestamp": 1050}),
        json!({"type": "log", "callId": "call@1", "time": 1012, "message": "navigating to \"/cart\""}),
        json!({"type": "console", "messageType": "warning", "text": "old api", "time": 1060, "pageId": "page@1",
            "location": {"url": "http://shop.test/cart.js", "lineNumber": 4, "columnNumber": 0}}),
        json!({"type": "after", "callId": "call@1", "endTime": 1100}),
        json!({"type": "before", "callId": "call@2", "stepId": "pw:api@4", "startTime": 1200, "class": "Frame", "method": "click",
            "params": {"selector": "internal:role=button", "strict": true}, "pageId": "page@1"}),
        json!({"type": "input", "callId": "call@2", "point": {"x": 12.5, "y": 30}}),
        json!({"type": "event", "time": 1210, "class": "BrowserContext", "method": "pageError", "params": {"error": {"error":
            {"message": "boom", "stack": "Error: boom\n    at cart.js:1:1", "name": "Error"}}}, "pageId": "page@1"}),
        json!({"type": "screencast-frame", "pageId": "page@1", "sha1": "p-2.jpeg", "width": 800, "height": 600, "timestamp": 1300}),
        json!({"type": "screencast-frame", "pageId": "page@1", "sha1": "lost.jpeg", "width": 800, "height": 600, "timestamp": 1400}),
        json!({"type": "after", "callId": "call@2", "endTime": 2200, "error": {"name": "TimeoutError", "message": "Timeout 1000ms exceeded."}}),
    ]
}

/// The test's file of the sample.
fn test_events() -> Vec<serde_json::Value> {
    vec![
        json!({"version": 8, "type": "context-options", "origin": "testRunner", "title": "cart › buys", "sdkLanguage": "javascript",
            "playwrightVersion": "1.51.0", "browserName": "", "options": {}, "wallTime": 1_700_000_000_000.0, "monotonicTime": 500}),
        json!({"type": "before", "callId": "hook@1", "startTime": 600, "class": "Test", "method": "hook", "title": "Before Hooks", "params": {}}),
        json!({"type": "after", "callId": "hook@1", "endTime": 900}),
        json!({"type": "before", "callId": "test.step@2", "startTime": 1000, "class": "Test", "method": "test.step", "title": "buy", "params": {}}),
        json!({"type": "before", "callId": "pw:api@3", "parentId": "test.step@2", "startTime": 1009, "class": "Test", "method": "pw:api",
            "title": "Navigate to \"/cart\"", "params": {"url": "/cart"}, "stack": [{"file": SPEC, "line": 7, "column": 14}]}),
        json!({"type": "after", "callId": "pw:api@3", "endTime": 1101}),
        json!({"type": "before", "callId": "pw:api@4", "parentId": "test.step@2", "startTime": 1199, "class": "Test", "method": "pw:api",
            "title": "Click getByRole('button')", "params": {}, "stack": [{"file": SPEC, "line": 8, "column": 9, "function": "buy"}]}),
        json!({"type": "stdout", "timestamp": 1250, "text": "hello from the test\n"}),
        json!({"type": "after", "callId": "pw:api@4", "endTime": 2201, "error": {"message": "TimeoutError: Timeout", "stack": "at cart.spec.ts:8:9"}}),
        json!({"type": "after", "callId": "test.step@2", "endTime": 2202, "attachments": [
            {"name": "screenshot", "contentType": "image/png", "sha1": "abc.png"}, {"name": "gone", "contentType": "text/plain", "path": "/tmp/x"}]}),
        json!({"type": "error", "message": "\u{1b}[31mTimeoutError\u{1b}[0m", "stack": [{"file": SPEC, "line": 8, "column": 9}]}),
    ]
}

fn network() -> Vec<serde_json::Value> {
    vec![
        json!({"type": "resource-snapshot", "snapshot": {"_monotonicTime": 1040, "time": 12.345, "_resourceType": "document",
            "request": {"method": "GET", "url": "http://shop.test/cart"},
            "response": {"status": 200, "statusText": "OK", "_transferSize": 1234, "content": {"size": 9000, "mimeType": "text/html", "_sha1": "doc.html"}}}}),
        json!({"type": "resource-snapshot", "snapshot": {"_monotonicTime": 1020, "time": 1, "_wasFulfilled": true,
            "request": {"method": "POST", "url": "javascript:alert(1)"},
            "response": {"status": -1, "statusText": "", "_transferSize": -1, "_failureText": "net::ERR_FAILED", "content": {"size": -1, "mimeType": "x-unknown"}}}}),
    ]
}

fn sample() -> Vec<Part> {
    vec![
        deflated("test.trace", lines(&test_events())),
        deflated("0-trace.trace", lines(&browser_events())),
        deflated("0-trace.network", lines(&network())),
        stored("0-trace.stacks", "{\"files\": [], \"stacks\": []}"),
        stored("resources/p-1.jpeg", JPEG),
        stored("resources/p-2.jpeg", [JPEG, b"2"].concat()),
        stored("resources/doc.html", "<html>"),
        stored("resources/abc.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"),
    ]
}

#[test]
fn the_steps_of_the_test_carry_what_the_browser_knows_of_them() {
    let trace = trace_of(sample());
    let shown: Vec<_> = trace.actions.iter().map(|it| (it.title.as_str(), it.parent, it.start_ms, it.end_ms)).collect();
    assert_eq!(
        shown,
        [
            ("Before Hooks", None, 0.0, Some(300.0)),
            ("buy", None, 400.0, Some(1602.0)),
            ("Navigate to \"/cart\"", Some(1), 409.0, Some(501.0)),
            ("Click getByRole('button')", Some(1), 599.0, Some(1601.0)),
        ]
    );
    let [goto, click] = &trace.actions[2..] else { panic!("two calls") };
    assert_eq!((goto.call.as_str(), goto.page), ("page.goto", Some(0)));
    let given: Vec<_> = goto.parameters.iter().map(|it| (it.name.as_str(), it.value.as_str())).collect();
    assert_eq!(given, [("headers", "[1 …]"), ("nothing", "null"), ("timeout", "0"), ("url", "/cart")]);
    assert_eq!((goto.log[0].text.as_str(), goto.log[0].time_ms), ("navigating to \"/cart\"", Some(412.0)));
    assert_eq!(click.selector.as_deref(), Some("internal:role=button"));
    assert_eq!(click.point.map(|point| (point.x, point.y)), Some((12.5, 30.0)));
    assert_eq!(click.error.as_ref().unwrap().message, "TimeoutError: Timeout", "the test's own words win");
    assert_eq!((click.stack[0].line, click.stack[0].function.as_str()), (8, "buy"));
}

#[test]
fn what_happened_besides_is_on_the_same_clock() {
    let trace = trace_of(sample());
    let said: Vec<_> =
        trace.console.iter().map(|it| (it.source, it.level.as_str(), it.text.as_str(), it.time_ms)).collect();
    assert_eq!(
        said,
        [
            (ConsoleSource::Page, "warning", "old api", 460.0),
            (ConsoleSource::PageError, "error", "Error: boom\n    at cart.js:1:1", 610.0),
            (ConsoleSource::Stdout, "log", "hello from the test\n", 650.0),
        ]
    );
    assert_eq!(trace.console[0].location.as_deref(), Some("http://shop.test/cart.js:5:1"));
    let asked: Vec<_> = trace
        .requests
        .iter()
        .map(|it| (it.url.as_str(), it.status, it.size_bytes, it.start_ms, it.duration_ms))
        .collect();
    assert_eq!(
        asked,
        [
            ("javascript:alert(1)", None, None, 420.0, Some(1.0)),
            ("http://shop.test/cart", Some(200), Some(1234), 440.0, Some(12.3)),
        ]
    );
    assert_eq!((trace.requests[0].failure.as_deref(), trace.requests[0].is_fulfilled), (Some("net::ERR_FAILED"), true));
    assert_eq!(trace.requests[1].entry, Some(6));
    let frames: Vec<_> = trace.frames.iter().map(|it| (it.time_ms, it.entry)).collect();
    assert_eq!(frames, [(450.0, 4), (700.0, 5)]);
    assert_eq!(trace.problems, ["1 screenshots that the trace names are not in it"]);
}

#[test]
fn the_whole_is_described() {
    let trace = trace_of(sample());
    assert_eq!(trace.title.as_deref(), Some("cart › buys"));
    assert_eq!(trace.browser.as_deref(), Some("firefox"));
    assert_eq!(trace.viewport.map(|size| (size.width, size.height)), Some((800, 600)));
    assert_eq!((trace.version, trace.started_at_ms), (Some(8), Some(1_700_000_000_000)));
    assert_eq!(trace.duration_ms, 1602.0);
    assert_eq!(trace.errors[0].stack.as_deref(), Some(&*format!("at {SPEC}:8:9")));
    let attached: Vec<_> =
        trace.attachments.iter().map(|it| (it.name.as_str(), it.action, it.entry, it.size_bytes)).collect();
    assert_eq!(attached, [("screenshot", Some(1), Some(7), Some(16)), ("gone", Some(1), None, None)]);
    assert!(trace.cuts.is_empty());
}

#[test]
fn sources_are_found_by_the_hash_of_their_path() {
    let path = "/repo/a.spec.ts";
    let events = json!({"type": "before", "callId": "call@5", "startTime": 1, "class": "Frame", "method": "click", "params": {}});
    // The hash is what sha1sum says of the path.
    for name in ["resources/src@HASH.txt", "src/HASH.ts"] {
        let name = name.replace("HASH", "e9a6f8ad667ee0cd5c7a3bae78e08ae700f5c0b3");
        let trace = trace_of(vec![
            deflated("trace.trace", lines(std::slice::from_ref(&events))),
            stored(
                "trace.stacks",
                json!({"files": [path], "stacks": [[5, [[0, 3, 9, "run"], [7, 1, 1, ""]]]]}).to_string(),
            ),
            stored(name, "source"),
        ]);
        let stack = &trace.actions[0].stack;
        assert_eq!((stack.len(), stack[0].line, stack[0].entry), (1, 3, Some(2)));
    }
}

#[test]
fn actions_of_version_3_and_messages_of_version_4_are_read() {
    let trace = trace_of(vec![deflated(
        "trace.trace",
        lines(&[
            json!({"version": 3, "type": "context-options", "browserName": "webkit", "options": {}}),
            json!({"type": "action", "metadata": {"id": "call@1", "startTime": 10, "endTime": 30, "type": "Frame", "method": "click",
                "apiName": "page.click", "params": {"selector": "text=Buy"}, "log": ["waiting"], "error": {"error": {"message": "no such element"}}}}),
            json!({"type": "object", "class": "ConsoleMessage", "guid": "m1", "initializer": {"type": "log", "text": "one", "location": {"url": ""}}}),
            json!({"type": "event", "class": "Page", "method": "__create__", "params": {"type": "ConsoleMessage", "guid": "m2", "initializer": {"type": "error", "text": "two"}}, "time": 11}),
            json!({"type": "event", "class": "Page", "method": "console", "params": {"message": {"guid": "m2"}}, "time": 12}),
            json!({"type": "event", "class": "Page", "method": "console", "params": {"message": {"guid": "m1"}}, "time": 20}),
        ]),
    )]);
    let action = &trace.actions[0];
    assert_eq!((action.title.as_str(), action.selector.as_deref()), ("page.click", Some("text=Buy")));
    assert_eq!(action.error.as_ref().unwrap().message, "no such element");
    assert_eq!(action.log[0].text, "waiting");
    let said: Vec<_> = trace.console.iter().map(|it| (it.text.as_str(), it.time_ms)).collect();
    assert_eq!(said, [("two", 2.0), ("one", 10.0)]);
}

#[test]
fn paths_of_the_newest_versions_are_followed() {
    let trace = trace_of(vec![
        deflated(
            "trace.trace",
            lines(&[
                json!({"version": 10, "type": "context-options"}),
                json!({"type": "screencast-frame", "pageId": "p", "file": "screencast/p-1.jpeg", "width": 1, "height": 1, "timestamp": 5}),
            ]),
        ),
        stored("screencast/p-1.jpeg", JPEG),
    ]);
    assert_eq!(trace.frames[0].entry, 1);
}

#[test]
fn clocks_of_other_machines_are_set_by_the_step_both_know() {
    let test = [
        json!({"type": "before", "callId": "pw:api@1", "startTime": 1_000_000, "class": "Test", "method": "step", "title": "go", "params": {}}),
    ];
    let browser = [
        json!({"type": "before", "callId": "call@1", "stepId": "pw:api@1", "startTime": 10, "class": "Frame", "method": "goto", "params": {}}),
        json!({"type": "after", "callId": "call@1", "endTime": 25}),
        json!({"type": "console", "messageType": "log", "text": "x", "time": 15}),
    ];
    let trace = trace_of(vec![deflated("test.trace", lines(&test)), deflated("0-trace.trace", lines(&browser))]);
    assert_eq!((trace.actions.len(), trace.actions[0].start_ms), (1, 0.0));
    assert_eq!(trace.console[0].time_ms, 5.0);
}

#[test]
fn lines_that_make_no_sense_cost_themselves() {
    let mut events = lines(&browser_events());
    events.extend_from_slice(b"not json\n{\"type\": \"after\", \"callId\": 7}\n\xff\xfe\n[1]\n\n{\"type\": \"future\"}\n{\"type\":\"before\",\"callId\":\"c\"");
    let trace = trace_of(vec![deflated("trace.trace", events)]);
    assert_eq!(trace.actions.len(), 2);
    assert!(
        trace.problems.contains(&"5 lines of the trace could not be understood".to_owned()),
        "{:?}",
        trace.problems
    );
}

#[test]
fn a_trace_that_is_too_large_is_cut_and_says_so() {
    let mut events: Vec<_> = (0..50)
        .flat_map(|n| {
            [
                json!({"type": "before", "callId": format!("c{n}"), "startTime": n, "class": "Frame", "method": "click", "params": {}}),
                json!({"type": "console", "messageType": "log", "text": "x", "time": n}),
                json!({"type": "screencast-frame", "pageId": "p", "sha1": "p.jpeg", "width": 1, "height": 1, "timestamp": n}),
                json!({"type": "log", "callId": "c0", "time": n, "message": "y".repeat(100)}),
            ]
        })
        .collect();
    events.push(json!({"type": "stdout", "timestamp": 1, "text": "z".repeat(10_000)}));
    let zip = support::zip(vec![deflated("trace.trace", lines(&events)), stored("resources/p.jpeg", JPEG)]);
    let limits = TraceLimits {
        max_actions: 10,
        max_console: 20,
        max_frames: 8,
        max_text_bytes: 3_000,
        ..TraceLimits::default()
    };
    let trace = read_zip(&zip, &limits).unwrap();
    assert_eq!((trace.actions.len(), trace.console.len()), (10, 20));
    assert!((4..=8).contains(&trace.frames.len()));
    assert!(trace.frames.last().unwrap().time_ms > 40.0, "thinned out, not cut off");
    let cuts: Vec<_> = trace.cuts.iter().map(|cut| (cut.what.as_str(), cut.found)).collect();
    assert_eq!(cuts, [("actions", 50), ("console", 51), ("frames", 50), ("text", 3_000)]);
    let little = TraceLimits { max_event_bytes: 500, max_line_bytes: 200, ..TraceLimits::default() };
    assert!(read_zip(&zip, &little).unwrap().cuts.iter().any(|cut| cut.what == "events"));
}

#[test]
fn parents_that_go_round_in_a_circle_do_no_harm() {
    let call = |id: &str, parent: &str, at: u32| json!({"type": "before", "callId": id, "parentId": parent, "startTime": at, "class": "A", "method": id, "params": {}});
    let trace = trace_of(vec![deflated(
        "t.trace",
        lines(&[call("a", "b", 1), call("b", "a", 2), call("c", "c", 3), call("d", "gone", 4)]),
    )]);
    assert_eq!(trace.actions.len(), 4);
    for (at, action) in trace.actions.iter().enumerate() {
        assert!(action.parent.is_none_or(|parent| (parent as usize) < at));
    }
}

#[test]
fn times_beyond_reason_are_clamped() {
    let events = r#"{"type":"before","callId":"a","startTime":1e308,"class":"A","method":"m","params":{}}
{"type":"after","callId":"a","endTime":-1e308}
{"type":"screencast-frame","pageId":"p","sha1":"p.jpeg","width":-5,"height":1e300,"timestamp":-1e300}"#;
    let trace = trace_of(vec![deflated("t.trace", events), stored("resources/p.jpeg", JPEG)]);
    assert!(trace.duration_ms.is_finite());
    assert_eq!((trace.frames[0].width, trace.frames[0].height), (0, 1_000_000));
    assert!(trace.actions[0].end_ms >= Some(trace.actions[0].start_ms));
}

#[test]
fn other_archives_are_no_traces() {
    let none = support::zip(vec![stored("a.txt", "x"), stored("dir/x.trace", "{}")]);
    let contents = scan(&none, &Limits::default()).unwrap();
    assert!(!is_trace(&contents));
    assert!(matches!(read_zip(&none, &TraceLimits::default()), Err(NotATrace::NoEvents)));
    for content in ["", "{}\n", "{\"type\": \"something\"}\n", "\u{0}\u{1}"] {
        let foreign = support::zip(vec![stored("perf.trace", content)]);
        assert!(matches!(read_zip(&foreign, &TraceLimits::default()), Err(NotATrace::Foreign)), "{content:?}");
    }
}

#[test]
fn real_traces_are_read_without_a_problem() {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/corpus/files/playwright"));
    if !folder.is_dir() {
        println!("skipped: ../shared/corpus is not present");
        return;
    }
    for (name, titles, console, requests, frames) in [
        ("trace-1.31.zip", &["browserContext.newPage", "page.setContent", "locator.click"][..], 0, 0, 2),
        ("trace-1.37.zip", &["page.route", "page.goto", "route.fulfill", "Before Hooks"][..], 1, 2, 2),
        ("test-trace1.zip", &["Before Hooks", "page.goto", "expect.toBe", "After Hooks"][..], 0, 18, 0),
    ] {
        let zip = std::fs::read(folder.join(name)).unwrap();
        let trace = read_zip(&zip, &TraceLimits::default()).unwrap();
        for title in titles {
            assert!(trace.actions.iter().any(|action| action.title == *title), "{name}: no {title}");
        }
        assert_eq!(trace.console.len(), console, "{name}");
        assert_eq!(trace.frames.len(), frames, "{name}");
        assert!(trace.requests.len() >= requests, "{name}: {} requests", trace.requests.len());
        assert_eq!(trace.browser.as_deref(), Some("chromium"), "{name}");
        assert!(trace.duration_ms > 10.0 && trace.duration_ms < 60_000.0, "{name}: {}", trace.duration_ms);
        let goto = trace.actions.iter().filter(|action| action.title == "page.goto").count();
        assert!(goto <= 1, "{name}: the test's step and the browser's call are one");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn cut_and_changed_traces_never_panic(cut in 0usize..20_000, at in 0usize..20_000, byte: u8) {
        let mut events = lines(&browser_events());
        let len = events.len();
        events[at % len] = byte;
        events.truncate(cut.max(1));
        let mut parts = sample();
        parts[1] = deflated("0-trace.trace", events);
        let trace = read_zip(&support::zip(parts), &TraceLimits::default());
        let trace = trace.unwrap();
        prop_assert!(trace.actions.iter().enumerate().all(|(at, action)| action.parent.is_none_or(|parent| (parent as usize) < at)));
        prop_assert!(trace.actions.iter().all(|action| action.end_ms.is_none_or(|end| end >= action.start_ms)));
        prop_assert!(trace.attachments.iter().all(|it| (it.action.unwrap() as usize) < trace.actions.len()));
    }

    #[test]
    fn arbitrary_events_stay_within_the_limits(events in proptest::collection::vec(any::<u8>(), 0..2_000), stacks in ".{0,200}") {
        let zip = support::zip(vec![deflated("t.trace", &events), stored("t.stacks", stacks)]);
        let _ = read_zip(&zip, &TraceLimits { max_line_bytes: 64, ..TraceLimits::default() });
    }
}
