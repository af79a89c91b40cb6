//! Traces as the browser test runner records them (version 8 of the format): what the test did step by step, what the
//! page looked like meanwhile, what it asked of the network and wrote to its console, and where it went wrong.

use bytes::Bytes;
use serde_json::{Value, json};

use super::cast::{Case, FLAKY_TEST, Tests};
use super::facts::{Facts, Trouble};
use super::failures::{Failure, LINUX_ROOT, STAGING, failure, line_of};
use super::playwright::screen_of;
use super::screens::{self, Look, Screen, Seen};
use crate::clock::rfc3339;
use crate::noise::{Noise, mix_text};
use crate::zip::{Entry, archive};

/// The clock of a browser runs from its own start, in ms.
const FIRST_MS: f64 = 1_204.0;
const PAGE: &str = "page@7c1f0a52d94be6038f21a4c7d5e90b36";
const FRAME: &str = "frame@19b7e2f4605d8ac37e41f09d2c6ab583";

/// Something a test does in the page.
struct Act {
    title: String,
    method: &'static str,
    selector: &'static str,
    value: &'static str,
    ms: f64,
    screen: Screen,
    pointer: Option<(usize, usize)>,
}

fn act(method: &'static str, selector: &'static str, value: &'static str, ms: u32, screen: Screen) -> Act {
    let title = match method {
        "goto" => format!("Navigate to \"{value}\""),
        "click" => format!("Click {selector}"),
        "fill" => format!("Fill \"{value}\" {selector}"),
        _ => format!("{method} {selector}"),
    };
    let pointer = (method == "click").then(|| if screen == Screen::Cart { (1010, 366) } else { (360, 528) });
    Act { title, method, selector, value, ms: f64::from(ms), screen, pointer }
}

/// What every test of a file does before what it checks.
fn acts(case: &Case) -> Vec<Act> {
    const PAY: &str = "getByRole('button', { name: 'Pay $84.30' })";
    const CHECKOUT: &str = "getByRole('button', { name: 'Checkout' })";
    const SIGN_IN: &str = "getByRole('button', { name: 'Sign in' })";
    let sign_in = || {
        vec![
            act("goto", "", "/login", 410, Screen::Login),
            act("fill", "getByLabel('E-mail')", "shopper@acme.example", 38, Screen::Login),
            act("fill", "getByLabel('Password')", "********", 31, Screen::Login),
            act("click", SIGN_IN, "", 140, Screen::Login),
        ]
    };
    let checkout = || vec![act("goto", "", "/cart", 460, Screen::Cart), act("click", CHECKOUT, "", 180, Screen::Cart)];
    match screen_of(case) {
        Screen::Cart => vec![
            act("goto", "", "/cart", 440, Screen::Cart),
            act("click", "getByRole('button', { name: 'Add to cart' })", "", 96, Screen::Cart),
            act("fill", "getByLabel('Coupon')", "SAVE10", 44, Screen::Cart),
            act("click", "getByRole('button', { name: 'Apply' })", "", 120, Screen::Cart),
        ],
        Screen::Payment | Screen::Confirmation => {
            let mut acts = checkout();
            acts.extend([
                act("fill", "getByLabel('Name on card')", "Robin Example", 40, Screen::Payment),
                act("fill", "getByLabel('Card number')", "4000 0000 0000 0002", 46, Screen::Payment),
                act("fill", "getByLabel('Expiry')", "12 / 29", 29, Screen::Payment),
                act("fill", "getByLabel('CVC')", "123", 27, Screen::Payment),
                act("click", PAY, "", 230, Screen::Payment),
            ]);
            acts
        }
        Screen::Address => {
            let mut acts = checkout();
            acts.extend([
                act("fill", "getByLabel('Full name')", "Robin Example", 41, Screen::Address),
                act("fill", "getByLabel('Street')", "1 Market Street", 36, Screen::Address),
                act("fill", "getByLabel('Postal code')", "10115", 33, Screen::Address),
                act("click", "getByRole('button', { name: 'Continue' })", "", 150, Screen::Address),
            ]);
            acts
        }
        Screen::Orders => {
            let mut acts = sign_in();
            acts.push(act("click", "getByRole('link', { name: 'Orders' })", "", 210, Screen::Orders));
            acts
        }
        Screen::Login => sign_in(),
        Screen::Dashboard => vec![act("goto", "", "/cart", 430, Screen::Cart)],
    }
}

/// One try of a test being recorded.
struct Recorder<'a> {
    case: &'a Case,
    browser: &'a str,
    wall_ms: i64,
    at: f64,
    /// What the runner itself tells.
    runner: Tape,
    /// What happened in the browser.
    actions: Tape,
    network: Tape,
    stacks: Vec<Value>,
    resources: Vec<(String, Bytes)>,
    noise: Noise,
    calls: u64,
    /// Whether it is at the line that decides.
    checks: bool,
}

/// Events, one a line.
#[derive(Default)]
struct Tape(String);

impl Tape {
    fn put(&mut self, event: &Value) {
        self.0.push_str(&event.to_string());
        self.0.push('\n');
    }
}

/// The trace of one try, which failed unless `passed`: a zip.
pub fn zip(facts: &Facts, case: &Case, browser: &str, passed: bool) -> Bytes {
    let mut recorder = Recorder::new(facts, case, browser);
    recorder.begin();
    let why = (!passed).then(|| failure(facts, Tests::Browser, case, browser));
    let offline = facts.trouble == Trouble::Outage;
    for act in acts(case) {
        if offline {
            recorder.refused(&act, why.as_ref());
            break;
        }
        recorder.perform(&act);
    }
    if !offline {
        let took = if passed { facts.took_ms(case, browser) } else { facts.first_try_ms(case, browser) };
        recorder.check(why.as_ref(), took as f64);
    }
    recorder.end(why.as_ref());
    recorder.packed()
}

impl Recorder<'_> {
    fn new<'a>(facts: &Facts, case: &'a Case, browser: &'a str) -> Recorder<'a> {
        Recorder {
            case,
            browser,
            wall_ms: facts.started_at + 62_000,
            at: FIRST_MS,
            runner: Tape::default(),
            actions: Tape::default(),
            network: Tape::default(),
            stacks: Vec::new(),
            resources: Vec::new(),
            noise: facts.noise(&format!("trace/{}/{browser}", case.title)),
            calls: 8,
            checks: false,
        }
    }

    fn begin(&mut self) {
        let head = |origin: &str| {
            json!({
                "version": 8, "type": "context-options", "origin": origin, "browserName": self.browser, "channel": "",
                "playwrightVersion": "1.59.1", "platform": "linux", "wallTime": self.wall_ms, "monotonicTime": FIRST_MS,
                "sdkLanguage": "javascript", "testIdAttributeName": "data-testid",
                "title": format!("{} › {} › {}", self.case.file, self.case.suite, self.case.title),
                "options": { "viewport": { "width": 1280, "height": 800 }, "locale": "en-US", "baseURL": format!("https://{STAGING}") },
                "contextId": "browser-context@4be08f21d7c95a3062e1fb7d80c4a91e",
            })
        };
        let (runner, library) = (head("testRunner"), head("library"));
        self.runner.put(&runner);
        self.actions.put(&library);
        self.hook("hook@1", None, "hook", "Before Hooks", 118.0);
        self.hook("fixture@2", Some("hook@1"), "fixture", "Fixture \"page\"", 104.0);
        self.actions.put(&json!({ "type": "event", "time": self.at, "class": "BrowserContext", "method": "page", "params": { "pageId": PAGE } }));
        self.frame(None);
    }

    fn hook(&mut self, id: &str, parent: Option<&str>, kind: &str, title: &str, ms: f64) {
        let mut before = json!({ "type": "before", "callId": id, "stepId": id, "startTime": self.at, "class": "Test", "method": kind, "title": title, "params": {}, "stack": [] });
        if let Some(parent) = parent {
            before["parentId"] = parent.into();
        }
        self.runner.put(&before);
        self.at += ms;
        self.runner
            .put(&json!({ "type": "after", "callId": id, "endTime": self.at, "attachments": [], "annotations": [] }));
    }

    /// A picture of the page as it is now; a blank one for none.
    fn frame(&mut self, seen: Seen) {
        let png = screens::frame(seen);
        let name = format!("{PAGE}-{}.png", self.wall_ms + (self.at - FIRST_MS) as i64);
        self.actions.put(&json!({ "type": "screencast-frame", "pageId": PAGE, "sha1": name, "width": 1280, "height": 800, "timestamp": self.at, "frameSwapWallTime": self.wall_ms as f64 + self.at - FIRST_MS }));
        self.resources.push((name, png));
    }

    /// The line of the test that is at work.
    fn line(&self) -> u64 {
        let line = line_of(self.case);
        if self.checks { line } else { line.saturating_sub(12) + self.calls / 2 - 4 }
    }

    fn stack(&self) -> Value {
        json!([{ "file": format!("{LINUX_ROOT}/e2e/{}", self.case.file), "line": self.line(), "column": 17, "function": "" }])
    }

    /// Tells that a call begins, in both recordings; its number is for its end.
    fn call(&mut self, title: &str, category: &str, method: &str, params: Value) -> u64 {
        self.calls += 2;
        let (call, step) = (format!("call@{}", self.calls), format!("{category}@{}", self.calls));
        let stack = self.stack();
        self.runner.put(&json!({ "type": "before", "callId": step, "stepId": step, "startTime": self.at, "class": "Test", "method": category, "title": title, "params": {}, "stack": stack }));
        self.actions.put(&json!({ "type": "before", "callId": call, "stepId": step, "startTime": self.at + 0.9, "class": "Frame", "method": method, "title": title, "params": params, "pageId": PAGE, "beforeSnapshot": format!("before@{call}") }));
        self.stacks.push(json!([self.calls, [[0, self.line(), 17, ""]]]));
        self.snapshot(&format!("before@{call}"), &call);
        self.calls
    }

    fn log(&mut self, call: u64, message: &str) {
        self.at += 1.0 + self.noise.unit() * 6.0;
        self.actions
            .put(&json!({ "type": "log", "callId": format!("call@{call}"), "time": self.at, "message": message }));
    }

    fn done(&mut self, call: u64, category: &str, error: Option<(&Failure, Value)>) {
        let name = format!("call@{call}");
        let mut after =
            json!({ "type": "after", "callId": name, "endTime": self.at, "afterSnapshot": format!("after@{name}") });
        let step = format!("{category}@{call}");
        let mut told =
            json!({ "type": "after", "callId": step, "endTime": self.at + 1.1, "attachments": [], "annotations": [] });
        if let Some((failure, result)) = error {
            let error = json!({ "name": failure.kind, "message": failure.headline(), "stack": failure.stack() });
            told["error"] = error.clone();
            match result {
                Value::Null => after["error"] = error,
                result => after["result"] = result,
            }
        }
        self.actions.put(&after);
        self.snapshot(&format!("after@{name}"), &name);
        self.runner.put(&told);
    }

    fn snapshot(&mut self, name: &str, call: &str) {
        let heading = screen_of(self.case).slug();
        self.actions.put(&json!({ "type": "frame-snapshot", "snapshot": {
            "callId": call, "snapshotName": name, "pageId": PAGE, "frameId": FRAME, "frameUrl": format!("https://{STAGING}/{heading}"), "doctype": "html",
            "html": ["HTML", { "lang": "en" }, ["HEAD", {}, ["BASE", { "href": format!("https://{STAGING}/{heading}") }]], ["BODY", {}, ["H1", {}, heading], ["OUTPUT", { "data-testid": "cart-total" }, "$75.87"]]],
            "viewport": { "width": 1280, "height": 800 }, "timestamp": self.at, "wallTime": self.wall_ms + (self.at - FIRST_MS) as i64, "collectionTime": 0.6, "resourceOverrides": [], "isMainFrame": true,
        } }));
    }

    fn perform(&mut self, act: &Act) {
        let params = match act.method {
            "goto" => {
                json!({ "url": format!("https://{STAGING}{}", act.value), "waitUntil": "load", "timeout": 30_000 })
            }
            "fill" => json!({ "selector": act.selector, "value": act.value, "strict": true, "timeout": 30_000 }),
            _ => json!({ "selector": act.selector, "strict": true, "timeout": 30_000 }),
        };
        let call = self.call(&act.title, "pw:api", act.method, params);
        let end = self.at + act.ms * (0.85 + 0.3 * self.noise.unit());
        if act.method == "goto" {
            self.log(call, &format!("navigating to \"https://{STAGING}{}\", waiting until \"load\"", act.value));
            self.loads(act.value);
        } else {
            self.log(call, &format!("waiting for {}", act.selector));
            self.log(call, "  locator resolved to 1 element");
            self.log(call, &format!("attempting {} action", act.method));
            self.log(call, "  waiting for element to be visible, enabled and stable");
        }
        if act.method == "click" {
            self.actions.put(&json!({ "type": "input", "callId": format!("call@{call}"), "point": { "x": act.pointer.map_or(0, |at| at.0), "y": act.pointer.map_or(0, |at| at.1) }, "inputSnapshot": format!("input@call@{call}") }));
            self.log(call, "  click action done");
        }
        self.frame(Some((act.screen, Look::Right, act.pointer)));
        self.at = self.at.max(end);
        if act.selector.contains("Pay ") {
            self.pays();
        }
        self.done(call, "pw:api", None);
    }

    /// What a page asks for when it is opened.
    fn loads(&mut self, path: &str) {
        let slug = path.trim_start_matches('/').to_owned();
        self.request(get(&slug, 200, ("text/html; charset=utf-8", 4_210), 48.0), None);
        self.request(get("assets/app-4f1c2b.css", 200, ("text/css", 18_404), 12.0), None);
        self.request(get("assets/app-9d03ae.js", 200, ("text/javascript", 214_880), 31.0), None);
        let session = json!({ "customer": null, "currency": "USD" });
        self.request(get("api/session", 200, ("application/json", 212), 22.0), Some(session));
        let cart = json!({ "items": [{ "sku": "mug-01", "cents": 1800 }, { "sku": "blanket-02", "cents": 6400 }], "coupon": "SAVE10", "totalCents": 7587 });
        self.request(get(&format!("api/{slug}"), 200, ("application/json", 388), 61.0), Some(cart));
        self.request(get("images/gift-card.webp", 404, ("text/plain", 9), 9.0), None);
        self.console("warning", "images/gift-card.webp is missing, showing the placeholder");
    }

    /// The payment service has a bad moment, where the test is about payments.
    fn pays(&mut self) {
        if screen_of(self.case) != Screen::Payment {
            let accepted = json!({ "state": "authorised" });
            self.request(post("api/payment/intents", 201, ("application/json", 96), 310.0), Some(accepted));
            return;
        }
        let answer = json!({ "title": "Bad Gateway", "status": 502, "detail": "payment-sandbox did not answer in time", "correlation": self.noise.hex(12) });
        self.request(post("api/payment/intents", 502, ("application/problem+json", 164), 1_204.0), Some(answer));
        self.console("error", "Failed to load resource: the server responded with a status of 502 (Bad Gateway)");
        self.console("warning", "payment: retrying once in 500 ms");
        let declined = json!({ "state": "declined" });
        self.request(post("api/payment/intents", 200, ("application/json", 96), 188.0), Some(declined));
    }

    fn console(&mut self, kind: &str, text: &str) {
        self.actions.put(&json!({ "type": "console", "messageType": kind, "text": text, "args": [{ "preview": text, "value": text }], "location": { "url": format!("https://{STAGING}/assets/app-9d03ae.js"), "lineNumber": 1, "columnNumber": 40_211 }, "time": self.at, "pageId": PAGE }));
    }

    fn request(&mut self, asked: Asked, body: Option<Value>) {
        let sha1 = body.map(|body| {
            let name = format!("{}.json", self.noise.hex(40));
            self.resources.push((name.clone(), body.to_string().into_bytes().into()));
            name
        });
        let mut snapshot = asked.har(self.wall_ms + (self.at - FIRST_MS) as i64);
        snapshot["pageref"] = PAGE.into();
        snapshot["_frameref"] = FRAME.into();
        snapshot["_monotonicTime"] = self.at.into();
        if let Some(sha1) = sha1 {
            snapshot["response"]["content"]["_sha1"] = sha1.into();
        }
        self.network.put(&json!({ "type": "resource-snapshot", "snapshot": snapshot }));
        self.at += asked.ms / 3.0;
    }

    /// The first step of a test that does not get to the system under test.
    fn refused(&mut self, act: &Act, why: Option<&Failure>) {
        let url = format!("https://{STAGING}{}", act.value);
        let call =
            self.call(&act.title, "pw:api", "goto", json!({ "url": url, "waitUntil": "load", "timeout": 30_000 }));
        self.log(call, &format!("navigating to \"{url}\", waiting until \"load\""));
        self.request(get(act.value.trim_start_matches('/'), 0, ("x-unknown", 0), 3.0), None);
        self.done(call, "pw:api", why.map(|failure| (failure, Value::Null)));
    }

    /// What the test is about; takes what is left of its time.
    fn check(&mut self, why: Option<&Failure>, took_ms: f64) {
        let look = if why.is_some() { Look::Wrong } else { Look::Right };
        let screen = screen_of(self.case);
        let (title, category, method, params) = self.checked();
        self.checks = true;
        let call = self.call(title, category, method, params);
        let end = (FIRST_MS + took_ms).max(self.at + 40.0);
        for line in
            why.iter().flat_map(|failure| failure.message.lines()).skip_while(|line| *line != "Call log:").skip(1)
        {
            self.log(call, line.trim_start_matches("  - "));
        }
        self.frame(Some((screen, look, None)));
        if why.is_some() {
            // The page keeps asking while the test keeps waiting.
            for step in 1..=4 {
                self.at = self.at.max(end - (end - self.at) * (1.0 - f64::from(step) / 5.0));
                self.request(get(&format!("api/{}", screen.slug()), 200, ("application/json", 388), 20.0), None);
                self.frame(Some((screen, look, Some((240 + 60 * step as usize, 300)))));
            }
            self.actions.put(&json!({ "type": "event", "time": self.at, "class": "BrowserContext", "method": "pageError", "params": { "error": { "error": { "name": "TypeError", "message": "Cannot read properties of undefined (reading 'priceRule')", "stack": format!("TypeError: Cannot read properties of undefined (reading 'priceRule')\n    at total (https://{STAGING}/assets/app-9d03ae.js:1:40211)") } } }, "pageId": PAGE }));
        }
        self.at = self.at.max(end);
        let is_click = self.case.title == FLAKY_TEST;
        let result = if is_click {
            Value::Null
        } else {
            json!({ "matches": false, "received": { "s": "$75.87" }, "timedOut": true })
        };
        self.done(call, category, why.map(|failure| (failure, result)));
    }

    fn checked(&self) -> (&'static str, &'static str, &'static str, Value) {
        match self.case.title {
            FLAKY_TEST => (
                "Click getByRole('button', { name: 'Try again' })",
                "pw:api",
                "click",
                json!({ "selector": "internal:role=button[name=\"Try again\"i]", "strict": true, "timeout": 30_000 }),
            ),
            _ if screen_of(self.case) == Screen::Cart => (
                "Expect \"toHaveText\"",
                "expect",
                "expect",
                json!({ "selector": "internal:testid=[data-testid=\"cart-total\"s]", "expression": "to.have.text", "expectedText": [{ "string": "$84.30", "normalizeWhiteSpace": true }], "isNot": false, "timeout": 5_000 }),
            ),
            _ => (
                "Expect \"toBeVisible\"",
                "expect",
                "expect",
                json!({ "selector": "internal:role=heading", "expression": "to.be.visible", "isNot": false, "timeout": 5_000 }),
            ),
        }
    }

    fn end(&mut self, why: Option<&Failure>) {
        self.runner.put(&json!({ "type": "stdout", "timestamp": self.at, "text": format!("console.warn: slow answer of /api/{} ({} ms)\n", screen_of(self.case).slug(), 800 + mix_text(3, self.case.title) % 900) }));
        if let Some(failure) = why {
            self.runner.put(&json!({ "type": "error", "message": failure.headline(), "stack": self.stack() }));
        }
        self.hook("hook@90", None, "hook", "After Hooks", 64.0);
    }

    fn packed(self) -> Bytes {
        let stacks = json!({ "files": [format!("{LINUX_ROOT}/e2e/{}", self.case.file)], "stacks": self.stacks });
        let text = |name: &str, text: &str| Entry::deflated(name, text.as_bytes());
        let mut entries = vec![
            text("test.trace", &self.runner.0),
            text("0-trace.trace", &self.actions.0),
            text("0-trace.network", &self.network.0),
            text("0-trace.stacks", &stacks.to_string()),
        ];
        for (name, bytes) in self.resources {
            entries.push(Entry::stored(format!("resources/{name}"), bytes));
        }
        archive(&entries).to_vec().into()
    }
}

/// A request and its answer.
struct Asked<'a> {
    method: &'a str,
    path: &'a str,
    /// 0 where none came.
    status: u16,
    media: &'a str,
    size: u64,
    ms: f64,
}

fn get<'a>(path: &'a str, status: u16, (media, size): (&'a str, u64), ms: f64) -> Asked<'a> {
    Asked { method: "GET", path, status, media, size, ms }
}

fn post<'a>(path: &'a str, status: u16, of: (&'a str, u64), ms: f64) -> Asked<'a> {
    Asked { method: "POST", ..get(path, status, of, ms) }
}

impl Asked<'_> {
    /// As an entry of an HTTP archive.
    fn har(&self, started_at: i64) -> Value {
        let header = |name: &str, value: &str| json!({ "name": name, "value": value });
        let length = self.size.to_string();
        let status_text = match self.status {
            200 => "OK",
            201 => "Created",
            404 => "Not Found",
            502 => "Bad Gateway",
            _ => "",
        };
        let mut response = json!({
            "status": if self.status == 0 { -1 } else { i32::from(self.status) }, "statusText": status_text, "httpVersion": "HTTP/2.0", "cookies": [],
            "headers": [header("content-type", self.media), header("content-length", &length), header("server", "shop-staging")],
            "content": { "size": self.size, "mimeType": self.media }, "headersSize": 118, "bodySize": self.size, "redirectURL": "", "_transferSize": self.size + 118,
        });
        if self.status == 0 {
            response["_failureText"] = "net::ERR_CONNECTION_REFUSED".into();
        }
        json!({
            "startedDateTime": rfc3339(started_at), "time": self.ms,
            "request": { "method": self.method, "url": format!("https://{STAGING}/{}", self.path), "httpVersion": "HTTP/2.0", "cookies": [], "headers": [header("accept", "*/*"), header("referer", &format!("https://{STAGING}/"))], "queryString": [], "headersSize": 96, "bodySize": 0 },
            "response": response, "cache": {}, "serverIPAddress": "10.20.0.14",
            "timings": { "dns": -1, "connect": -1, "ssl": -1, "send": 0, "wait": self.ms * 0.8, "receive": self.ms * 0.2 },
        })
    }
}

/// The requests of one try as an HTTP archive.
pub fn har(facts: &Facts, case: &Case) -> Value {
    let mut noise = facts.noise(&format!("har/{}", case.title));
    let mut at = facts.started_at + 63_000;
    let mut entries = Vec::new();
    for round in 0..6 {
        for asked in [
            get("cart", 200, ("text/html; charset=utf-8", 4_210), 40.0),
            get("assets/app-4f1c2b.css", 200, ("text/css", 18_404), 11.0),
            get("assets/app-9d03ae.js", 200, ("text/javascript", 214_880), 32.0),
            get("api/cart", 200, ("application/json", 388), 58.0),
            post("api/payment/intents", if round == 4 { 502 } else { 200 }, ("application/json", 164), 190.0),
        ] {
            let asked = Asked { ms: asked.ms * (0.7 + noise.unit()), ..asked };
            entries.push(asked.har(at));
            at += asked.ms as i64 + 20;
        }
    }
    json!({ "log": { "version": "1.2", "creator": { "name": "Playwright", "version": "1.59.1" }, "browser": { "name": "chromium", "version": "141.0" }, "pages": [], "entries": entries } })
}
