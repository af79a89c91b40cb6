//! What a failing case says: the type of the error, a message, and a stack with frames of the project and of its
//! libraries, each as the runner of those tests writes it. The same for logs and for every format of report.

use super::cast::{Case, FLAKY_BACKEND_TEST, FLAKY_TEST, REGRESSED_BACKEND_TEST, REGRESSED_TEST, REPAIRED_TEST, Tests};
use super::facts::{Facts, Trouble};
use super::screens::{self, Device, SCREENS, Screen};
use crate::noise::mix_text;

/// Where the repository is on a Linux runner.
pub const LINUX_ROOT: &str = "/home/runner/work/checkout/checkout";
/// The system under test, which the outage takes away.
pub const STAGING: &str = "shop.staging.acme.example";

/// What a failing case says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The type of the error.
    pub kind: &'static str,
    /// What happened, without the type.
    pub message: String,
    /// The frames, innermost first, each with its indentation.
    pub frames: Vec<String>,
}

impl Failure {
    /// Type and message, as most runners begin.
    pub fn headline(&self) -> String {
        format!("{}: {}", self.kind, self.message)
    }

    /// The first line of the message.
    pub fn first_line(&self) -> &str {
        self.message.lines().next().unwrap_or_default()
    }

    /// Type, message and frames in one text.
    pub fn stack(&self) -> String {
        format!("{}\n{}", self.headline(), self.frames.join("\n"))
    }
}

/// The line of a case in its file.
pub fn line_of(case: &Case) -> u64 {
    20 + mix_text(1, case.title) % 80
}

/// Where the repository is on the runner of a variant (`windows-latest/22`).
pub fn root_of(variant: &str) -> &'static str {
    match variant.split('-').next() {
        Some("windows") => "D:/a/checkout/checkout",
        Some("macos") => "/Users/runner/work/checkout/checkout",
        _ => LINUX_ROOT,
    }
}

/// What a case says that fails.
pub fn failure(facts: &Facts, tests: Tests, case: &Case, variant: &str) -> Failure {
    let offline = facts.trouble == Trouble::Outage;
    match tests {
        Tests::Browser => browser(facts, case),
        Tests::Unit => unit(case, variant),
        Tests::Backend | Tests::Smoke => backend(case, offline),
        Tests::Stock => stock(case, offline),
        Tests::Android => android(case, offline),
        Tests::Visual => visual(case),
    }
}

fn browser(facts: &Facts, case: &Case) -> Failure {
    let offline = facts.trouble == Trouble::Outage;
    let line = line_of(case);
    let page = case.file.trim_end_matches(".spec.ts");
    let own = format!("    at {LINUX_ROOT}/e2e/{}:{line}:17", case.file);
    let helper = format!("    at {page}Page.open ({LINUX_ROOT}/e2e/pages/{page}-page.ts:{}:22)", 12 + line % 9);
    if offline {
        let message = format!(
            "page.goto: net::ERR_CONNECTION_REFUSED at https://{STAGING}/{page}\nCall log:\n  - navigating to \"https://{STAGING}/{page}\", waiting until \"load\"\n"
        );
        return Failure { kind: "Error", message, frames: vec![helper, own] };
    }
    if let Some((picture, screen)) = picture_of(facts, case) {
        return Failure { kind: "Error", message: different(picture, screen, Device::Desktop), frames: vec![own] };
    }
    if facts.trouble == Trouble::Redesign && case.file == "payment.spec.ts" && case.title != FLAKY_TEST {
        let message =
            "expect(received).toBe(expected) // Object.is equality\n\nExpected: 201\nReceived: 502\n".to_owned();
        let shared = format!("    at CheckoutApi.createIntent ({LINUX_ROOT}/e2e/api/checkout-api.ts:58:31)");
        return Failure { kind: "Error", message, frames: vec![shared, own] };
    }
    let (kind, message) = match case.title {
        REGRESSED_TEST => ("Error", "expect(locator).toHaveText(expected) failed\n\nLocator:  getByTestId('cart-total')\nExpected: \"$84.30\"\nReceived: \"$75.87\"\nTimeout:  5000ms\n\nCall log:\n  - Expect \"toHaveText\" with timeout 5000ms\n  - waiting for getByTestId('cart-total')\n    9 × locator resolved to <output data-testid=\"cart-total\">$75.87</output>\n      - unexpected value \"$75.87\"\n".to_owned()),
        FLAKY_TEST => ("TimeoutError", "locator.click: Timeout 30000ms exceeded.\nCall log:\n  - waiting for getByRole('button', { name: 'Try again' })\n    - locator resolved to <button disabled>Try again</button>\n    - attempting click action\n      - waiting for element to be visible, enabled and stable\n        - element is not enabled\n".to_owned()),
        REPAIRED_TEST => ("Error", "expect(received).toContain(expected) // indexOf\n\nExpected substring: \"order;date;total\"\nReceived string:    \"\\ufefforder,date,total\"\n".to_owned()),
        _ => ("Error", format!("expect(locator).toBeVisible() failed\n\nLocator: getByRole('heading', {{ name: '{}' }})\nExpected: visible\nReceived: <element(s) not found>\nTimeout:  5000ms\n\nCall log:\n  - Expect \"toBeVisible\" with timeout 5000ms\n", case.suite)),
    };
    let frames = match case.title {
        FLAKY_TEST => vec![format!("    at PaymentPage.tryAgain ({LINUX_ROOT}/e2e/pages/payment-page.ts:73:45)"), own],
        _ => vec![own],
    };
    Failure { kind, message, frames }
}

fn unit(case: &Case, variant: &str) -> Failure {
    let (root, line) = (root_of(variant), line_of(case));
    let number = 1000 + mix_text(8, case.title) % 900;
    let (kind, message) = match mix_text(9, case.title) % 4 {
        _ if case.file.contains("messages") => ("AssertionError", "expected [ 'checkout.giftWrap' ] to deeply equal []\n\n- Expected\n+ Received\n\n- []\n+ [\n+   \"checkout.giftWrap\",\n+ ]".to_owned()),
        _ if case.file.ends_with(".tsx") => ("TestingLibraryElementError", format!("Unable to find an accessible element with the role \"button\" and name \"{}\"\n\nHere are the accessible roles:\n\n  form:\n\n  Name \"\":\n  <form class=\"address\" />", case.suite)),
        0 => ("TypeError", "Cannot read properties of undefined (reading 'amount')".to_owned()),
        _ => ("AssertionError", format!("expected {number} to be {} // Object.is equality\n\n- Expected\n+ Received\n\n- {}\n+ {number}", number - 1, number - 1)),
    };
    let source = case.file.replace(".test", "");
    let frames = vec![
        format!("    at {} ({root}/{source}:{}:11)", case.suite.replace(' ', ""), 8 + line / 2),
        format!("    at {root}/{}:{line}:23", case.file),
        format!("    at {root}/node_modules/@vitest/runner/dist/chunk-hooks.js:155:11"),
        format!("    at runTest ({root}/node_modules/@vitest/runner/dist/chunk-hooks.js:1574:17)"),
    ];
    Failure { kind, message, frames }
}

fn backend(case: &Case, offline: bool) -> Failure {
    if offline {
        let message = format!(
            "HTTPSConnectionPool(host='{STAGING}', port=443): Max retries exceeded with url: /api/session (Caused by NewConnectionError('Failed to establish a new connection: [Errno 111] Connection refused'))"
        );
        return Failure { kind: "requests.exceptions.ConnectionError", message, frames: Vec::new() };
    }
    let (kind, message) = match case.title {
        REGRESSED_BACKEND_TEST => ("AssertionError", "assert 7587 == 8430".to_owned()),
        FLAKY_BACKEND_TEST => ("TimeoutError", "no answer from the payment sandbox within 3.0 s".to_owned()),
        title if mix_text(9, title).is_multiple_of(3) => {
            ("sqlalchemy.exc.IntegrityError", "(psycopg.errors.NotNullViolation) null value in column \"customer_id\" of relation \"orders\" violates not-null constraint".to_owned())
        }
        title => ("AssertionError", format!("assert {} == {}", mix_text(6, title) % 7, mix_text(6, title) % 7 + 1)),
    };
    Failure { kind, message, frames: Vec::new() }
}

/// The long text that the runner of the back end prints for a failing test.
pub fn traceback(case: &Case, failure: &Failure) -> String {
    let (line, function) = (line_of(case), case.title.split('[').next().unwrap_or(case.title));
    let subject = case.suite.trim_start_matches("Test").to_lowercase();
    let (statement, library) = match failure.kind {
        "AssertionError" => ("assert result == wanted", String::new()),
        "TimeoutError" => ("answer = gateway.authorise(payment)", format!("\nsrc/checkout/payments/gateway.py:118: in authorise\n    raise TimeoutError(\"{}\")", failure.message)),
        "sqlalchemy.exc.IntegrityError" => ("session.commit()", "\n.venv/lib/python3.13/site-packages/sqlalchemy/orm/session.py:2032: in commit\n    trans.commit(_to_root=True)".to_owned()),
        _ => ("client.open_session()", "\nsrc/checkout/testing/client.py:31: in open_session\n    return self.http.post(\"/api/session\")\n.venv/lib/python3.13/site-packages/requests/sessions.py:637: in post\n    return self.request(\"POST\", url, data=data, json=json, **kwargs)".to_owned()),
    };
    format!(
        "self = <{}.{} object at 0x7f3c{:08x}>\n\n    def {function}(self):\n        {subject} = self.given_{subject}()\n>       {statement}\nE       {}\n\n{}:{line}: {}{library}",
        case.file.trim_end_matches(".py").replace('/', "."),
        case.suite,
        mix_text(10, case.title) as u32,
        failure.headline(),
        case.file,
        failure.kind.rsplit('.').next().unwrap_or(failure.kind),
    )
}

fn stock(case: &Case, offline: bool) -> Failure {
    let file = format!("{}_test.go", case.file.rsplit('/').next().unwrap_or_default());
    let line = line_of(case);
    let message = match offline {
        true => format!(
            "    {file}:{line}: open session: Post \"https://{STAGING}/api/session\": dial tcp 10.20.0.14:443: connect: connection refused"
        ),
        false => format!("    {file}:{line}: got {} articles, want {}", line % 5, line % 5 + 1),
    };
    Failure { kind: "", message, frames: Vec::new() }
}

fn android(case: &Case, offline: bool) -> Failure {
    let line = line_of(case);
    let own = format!("\tat {}.{}({}.kt:{line})", case.file, case.title, case.suite);
    let reflection = "\tat java.lang.reflect.Method.invoke(Native Method)".to_owned();
    let runner =
        "\tat androidx.test.internal.runner.junit4.statement.RunBefores.evaluate(RunBefores.java:80)".to_owned();
    if offline {
        return Failure {
            kind: "java.net.ConnectException",
            message: format!("Failed to connect to {STAGING}/10.20.0.14:443: Connection refused"),
            frames: vec![
                "\tat okhttp3.internal.connection.RealConnection.connectSocket(RealConnection.kt:297)".to_owned(),
                "\tat com.acme.app.net.Session.open(Session.kt:44)".to_owned(),
                own,
                reflection,
                runner,
            ],
        };
    }
    let (kind, message, library) = match mix_text(9, case.title) % 2 {
        0 => (
            "androidx.test.espresso.NoMatchingViewException",
            format!("No views in hierarchy found matching: view.getId() is <com.acme.app:id/{}>", case.title),
            "\tat androidx.test.espresso.ViewInteraction.check(ViewInteraction.java:334)",
        ),
        _ => (
            "java.lang.AssertionError",
            format!("expected:<{}> but was:<{}>", line % 7 + 1, line % 7),
            "\tat org.junit.Assert.assertEquals(Assert.java:647)",
        ),
    };
    Failure { kind, message, frames: vec![library.to_owned(), own, reflection, runner] }
}

fn visual(case: &Case) -> Failure {
    let name = snapshot_of(case);
    let device = if case.suite == "phone" { Device::Phone } else { Device::Desktop };
    let screen = SCREENS.into_iter().find(|screen| screen.slug() == name).unwrap_or(Screen::Cart);
    Failure {
        kind: "Error",
        message: different(name, screen, device),
        frames: vec![format!("    at {LINUX_ROOT}/visual/{}:{}:22", case.file, line_of(case))],
    }
}

/// What the runner says of two pictures.
fn different(name: &str, screen: Screen, device: Device) -> String {
    let off = screens::pixels_off(screen, device);
    let ratio = (off as f64 / device.pixels() as f64).max(0.01);
    format!(
        "expect(page).toHaveScreenshot(expected) failed\n\n  {off} pixels (ratio {ratio:.2} of all image pixels) are different.\n\n  Snapshot: {name}.png\n"
    )
}

/// The picture a browser test compares, if that is what fails in it.
pub fn picture_of(facts: &Facts, case: &Case) -> Option<(&'static str, Screen)> {
    if facts.trouble != Trouble::Redesign {
        return None;
    }
    match case.title {
        "shows the order number" => Some(("order-number", Screen::Confirmation)),
        "filters by status" => Some(("orders-by-status", Screen::Orders)),
        _ => None,
    }
}

/// The name of the picture that a visual test compares.
pub fn snapshot_of(case: &Case) -> &'static str {
    case.title.split(' ').next().unwrap_or(case.title)
}
