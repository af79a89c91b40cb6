//! Who and what the demo is about: people, branches, commit titles, test cases. Data only.

use std::sync::LazyLock;

/// Members of the team.
pub const TEAM: [&str; 6] = ["dev-rowan", "dev-kestrel", "dev-juniper", "dev-marlow", "qa-finch", "dev-saffron"];
/// Who opens pull requests from a fork.
pub const CONTRIBUTOR: &str = "outside-contrib";
/// Who merges releases.
pub const RELEASE_BOT: &str = "acme-release-bot";

/// The commit that broke the totals, and who wrote it.
pub const REGRESSION_TITLE: &str = "Cache price rules per cart (#1497)";
/// The end-to-end test that is flaky: now within a job, now until the next attempt.
pub const FLAKY_TEST: &str = "retries after a declined card";
/// The test of the back end that nothing repeats within a job, and that passes when its job is run again.
pub const FLAKY_BACKEND_TEST: &str = "test_retries_on_timeout";
/// The test the regression breaks.
pub const REGRESSED_TEST: &str = "applies a percentage coupon once";
/// What the regression breaks in the back end.
pub const REGRESSED_BACKEND_TEST: &str = "test_applies_percentage_coupon_once";
/// The test that was flaky weeks ago and has been made reliable.
pub const RECOVERED_TEST: &str = "opens the wallet sheet";
/// The test that was broken on the default branch for eight runs.
pub const REPAIRED_TEST: &str = "exports as CSV";

/// Titles of changes, with the branch they were made on.
pub const CHANGES: [(&str, &str); 40] = [
    ("Show delivery estimate in the summary", "feature/delivery-estimate"),
    ("Fix focus order in the address form", "fix/address-focus"),
    ("Round prices half to even", "fix/rounding"),
    ("Add wallet payment sheet", "feature/wallet-pay"),
    ("Remove the legacy tax table", "chore/drop-tax-table"),
    ("Retry idempotent payment calls once", "feature/payment-retry"),
    ("Translate validation messages to Dutch", "i18n/dutch-validation"),
    ("Keep the cart across sign-in", "feature/cart-merge"),
    ("Bump the component library to 8.2", "deps/components-8.2"),
    ("Speed up stock lookup with one query", "perf/stock-lookup"),
    ("Validate postal codes per country", "feature/postal-codes"),
    ("Hide expired coupons", "fix/expired-coupons"),
    ("Log the correlation id of every order", "feature/correlation-id"),
    ("Split the checkout reducer", "refactor/checkout-reducer"),
    ("Fix double submit on slow networks", "fix/double-submit"),
    ("Add gift wrapping option", "feature/gift-wrap"),
    ("Replace moment with native dates", "chore/no-moment"),
    ("Make the pay button reachable by keyboard", "fix/pay-button-a11y"),
    ("Cancel stale price requests", "fix/stale-prices"),
    ("Store addresses encrypted", "feature/address-encryption"),
    ("Add smoke test for the returns page", "test/returns-smoke"),
    ("Lazy load the map in store pickup", "perf/lazy-map"),
    ("Use cents everywhere in totals", "refactor/cents"),
    ("Document the webhook payloads", "docs/webhooks"),
    ("Limit coupon attempts per minute", "feature/coupon-limit"),
    ("Fix wrong currency after locale switch", "fix/currency-locale"),
    ("Add order export as CSV", "feature/order-export"),
    ("Upgrade the browser test runner", "deps/browser-tests"),
    ("Drop support for the old session cookie", "chore/old-session"),
    ("Show a skeleton while the cart loads", "feature/cart-skeleton"),
    ("Fix flicker of the total on reload", "fix/total-flicker"),
    ("Add retry budget to the stock client", "feature/retry-budget"),
    ("Warn before leaving a half-filled form", "feature/leave-warning"),
    ("Tidy up feature flags", "chore/flags"),
    ("Prefetch the confirmation page", "perf/prefetch-confirmation"),
    ("Fix overflow in the order table on phones", "fix/order-table-phone"),
    ("Add audit trail for refunds", "feature/refund-audit"),
    ("Accept spaces in card numbers", "fix/card-spaces"),
    ("Move shipping rules to the database", "feature/shipping-rules"),
    ("Test the coupon edge cases", "test/coupon-edges"),
];

/// A test case.
#[derive(Clone, Copy, Debug)]
pub struct Case {
    /// The file, class or package.
    pub file: &'static str,
    /// The describe block or class; empty for none.
    pub suite: &'static str,
    /// The title.
    pub title: &'static str,
    /// How long it usually takes.
    pub typical_ms: u64,
}

/// The tests there are, by what runs them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Tests {
    /// Unit tests of the front end.
    Unit,
    /// End-to-end tests.
    Browser,
    /// Integration tests of the back end.
    Backend,
    /// The contract of the stock service.
    Stock,
    /// Instrumented tests of the app.
    Android,
    /// What is looked at every night after the deployment to staging.
    Smoke,
    /// Pictures compared.
    Visual,
}

/// Cases that share a file and a block: file, block, titles with their usual time.
type Group = (&'static str, &'static str, &'static [(&'static str, u64)]);

impl Tests {
    /// Its cases, in the order in which they run. Cases of a file are next to each other.
    pub fn cases(self) -> &'static [Case] {
        static ALL: [LazyLock<Vec<Case>>; 7] = [
            LazyLock::new(|| flatten(UNIT)),
            LazyLock::new(|| flatten(BROWSER)),
            LazyLock::new(|| flatten(BACKEND)),
            LazyLock::new(|| flatten(STOCK)),
            LazyLock::new(|| flatten(ANDROID)),
            LazyLock::new(|| flatten(SMOKE)),
            LazyLock::new(|| flatten(VISUAL)),
        ];
        &ALL[self as usize]
    }

    /// The place of a title among the cases.
    pub fn index_of(self, title: &str) -> Option<usize> {
        self.cases().iter().position(|case| case.title == title)
    }
}

fn flatten(groups: &[Group]) -> Vec<Case> {
    let of = |(file, suite, titles): &Group| {
        let (file, suite) = (*file, *suite);
        titles.iter().map(move |(title, typical_ms)| Case { file, suite, title, typical_ms: *typical_ms })
    };
    groups.iter().flat_map(of).collect()
}

const BROWSER: &[Group] = &[
    (
        "cart.spec.ts",
        "cart",
        &[
            ("starts empty", 812),
            ("adds and removes an item", 1930),
            ("changes the quantity", 1644),
            ("survives a reload", 2210),
        ],
    ),
    (
        "cart.spec.ts",
        "totals",
        &[
            ("sums up items and shipping", 1420),
            (REGRESSED_TEST, 2105),
            ("refuses an expired coupon", 1533),
            ("shows free shipping above the threshold", 1377),
        ],
    ),
    (
        "address.spec.ts",
        "address",
        &[
            ("validates the postal code", 1810),
            ("remembers the last address", 2630),
            ("offers store pickup", 3120),
            ("keeps the focus order", 940),
        ],
    ),
    (
        "payment.spec.ts",
        "card payment",
        &[
            ("accepts a valid card", 3340),
            ("rejects an expired card", 2120),
            (FLAKY_TEST, 4980),
            ("asks for confirmation on large amounts", 3870),
        ],
    ),
    ("payment.spec.ts", "wallet", &[(RECOVERED_TEST, 2440), ("falls back to card", 2710)]),
    ("payment.spec.ts", "invoice", &[("requires a billing address", 1980), ("sends the invoice by mail", 2260)]),
    (
        "confirmation.spec.ts",
        "confirmation",
        &[("shows the order number", 1620), ("links to tracking", 1340), ("offers an account to guests", 1890)],
    ),
    (
        "login.spec.ts",
        "login",
        &[
            ("signs in with a password", 1480),
            ("locks after five failures", 5210),
            ("merges the guest cart", 3150),
            ("signs out everywhere", 2270),
        ],
    ),
    ("orders.spec.ts", "orders", &[("lists past orders", 1750), ("filters by status", 1920), (REPAIRED_TEST, 2480)]),
    ("orders.spec.ts", "returns", &[("starts a return", 3010), ("refuses a return after 30 days", 1690)]),
    ("i18n.spec.ts", "languages", &[("switches to German", 1230), ("formats prices per locale", 1110)]),
    (
        "a11y.spec.ts",
        "accessibility",
        &[("has no violations on the cart page", 2890), ("has no violations on the payment page", 3040)],
    ),
];

const UNIT: &[Group] = &[
    (
        "src/money/round.test.ts",
        "round",
        &[
            ("rounds half to even", 3),
            ("keeps cents exact", 2),
            ("refuses what is no number", 2),
            ("survives negative amounts", 2),
        ],
    ),
    (
        "src/money/format.test.ts",
        "format",
        &[
            ("formats euros", 5),
            ("formats yen without decimals", 4),
            ("groups thousands", 4),
            ("puts the sign in front", 3),
        ],
    ),
    (
        "src/cart/reducer.test.ts",
        "cart reducer",
        &[
            ("adds an item", 6),
            ("merges equal items", 5),
            ("drops items at zero", 4),
            ("keeps the order of items", 5),
            ("ignores unknown actions", 2),
            ("restores a saved cart", 9),
        ],
    ),
    (
        "src/cart/totals.test.ts",
        "totals",
        &[
            ("is zero for an empty cart", 2),
            ("applies coupons in order", 9),
            ("never goes below zero", 4),
            ("adds shipping once", 5),
            ("taxes gift wrapping", 6),
        ],
    ),
    (
        "src/address/postal.test.ts",
        "postal codes",
        &[
            ("accepts German codes", 3),
            ("accepts British codes", 3),
            ("rejects letters in Dutch digits", 3),
            ("trims white space", 2),
            ("accepts anything where codes are unknown", 2),
        ],
    ),
    (
        "src/address/form.test.tsx",
        "address form",
        &[
            ("shows an error below the field", 61),
            ("moves the focus to the first error", 74),
            ("fills in the city", 88),
        ],
    ),
    (
        "src/payment/luhn.test.ts",
        "luhn",
        &[("accepts test numbers", 2), ("rejects a swapped digit", 2), ("ignores spaces", 2)],
    ),
    (
        "src/payment/machine.test.ts",
        "payment machine",
        &[
            ("goes from idle to authorised", 12),
            ("cancels on timeout", 31),
            ("retries once", 18),
            ("refuses a second capture", 14),
            ("keeps the reason of a refusal", 11),
        ],
    ),
    (
        "src/api/client.test.ts",
        "api client",
        &[
            ("adds the correlation id", 7),
            ("parses problem details", 6),
            ("gives up after three tries", 44),
            ("cancels stale requests", 23),
        ],
    ),
    (
        "src/i18n/messages.test.ts",
        "messages",
        &[("has every key in every language", 21), ("escapes placeholders", 4), ("chooses the plural form", 5)],
    ),
    (
        "src/ui/Button.test.tsx",
        "Button",
        &[("is reachable by keyboard", 38), ("ignores clicks while busy", 41), ("has a name", 29)],
    ),
    (
        "src/ui/Dialog.test.tsx",
        "Dialog",
        &[("keeps the focus inside", 93), ("closes on Escape", 57), ("returns the focus", 66)],
    ),
    (
        "src/orders/filter.test.ts",
        "order filter",
        &[("finds by number", 8), ("finds by status", 7), ("combines filters", 9), ("sorts newest first", 6)],
    ),
];

const BACKEND: &[Group] = &[
    (
        "tests/integration/test_orders.py",
        "TestOrders",
        &[
            ("test_saves_and_loads", 420),
            ("test_finds_by_customer", 310),
            ("test_locks_rows", 890),
            ("test_pages_by_key", 350),
            ("test_archives_old_orders", 760),
            ("test_keeps_the_price_of_the_day", 280),
        ],
    ),
    (
        "tests/integration/test_prices.py",
        "TestPrices",
        &[
            ("test_rounds_half_to_even", 35),
            (REGRESSED_BACKEND_TEST, 48),
            ("test_combines_coupons", 52),
            ("test_refuses_expired_coupons", 44),
            ("test_converts_currencies[EUR]", 61),
            ("test_converts_currencies[USD]", 63),
            ("test_converts_currencies[JPY]", 60),
        ],
    ),
    (
        "tests/integration/test_payments.py",
        "TestPayments",
        &[
            ("test_authorises", 1210),
            (FLAKY_BACKEND_TEST, 3050),
            ("test_refuses_a_duplicate_capture", 640),
            ("test_voids_an_authorisation", 580),
            ("test_stores_no_card_numbers", 130),
        ],
    ),
    (
        "tests/integration/test_stock.py",
        "TestStockClient",
        &[
            ("test_reserves_items", 510),
            ("test_releases_on_cancel", 480),
            ("test_survives_slow_answers", 2400),
            ("test_spends_its_retry_budget", 900),
        ],
    ),
    (
        "tests/integration/test_coupons.py",
        "TestCouponLimit",
        &[
            ("test_blocks_after_ten_attempts", 260),
            ("test_resets_after_a_minute", 240),
            ("test_counts_per_customer", 230),
        ],
    ),
    (
        "tests/integration/test_refunds.py",
        "TestRefunds",
        &[
            ("test_refunds_partially", 330),
            ("test_writes_the_audit_trail", 350),
            ("test_refuses_more_than_was_paid", 210),
        ],
    ),
    (
        "tests/integration/test_webhooks.py",
        "TestWebhooks",
        &[("test_signs_payloads", 90), ("test_retries_with_backoff", 1500), ("test_gives_up_after_a_day", 120)],
    ),
    (
        "tests/integration/test_export.py",
        "TestExport",
        &[
            ("test_escapes_csv", 70),
            ("test_streams_large_exports", 2900),
            ("test_writes_utf8[umlauts]", 40),
            ("test_writes_utf8[emoji]", 41),
        ],
    ),
    (
        "tests/integration/test_shipping.py",
        "TestShippingRules",
        &[
            ("test_chooses_the_cheapest", 150),
            ("test_knows_islands", 160),
            ("test_refuses_dangerous_goods_by_air", 140),
            ("test_splits_parcels", 220),
            ("test_reads_rules_once", 95),
        ],
    ),
];

const STOCK: &[Group] = &[
    (
        "github.com/acme/checkout/stock/reserve",
        "",
        &[
            ("TestReserve", 40),
            ("TestReserveTwice", 60),
            ("TestReserveTooMany", 30),
            ("TestReleaseUnknown", 20),
            ("TestExpiry", 310),
        ],
    ),
    (
        "github.com/acme/checkout/stock/lookup",
        "",
        &[("TestLookup", 30), ("TestLookupMany", 90), ("TestLookupIsOneQuery", 70), ("TestUnknownArticle", 20)],
    ),
    (
        "github.com/acme/checkout/stock/contract",
        "",
        &[
            ("TestContractReserve", 120),
            ("TestContractRelease", 110),
            ("TestContractErrors", 140),
            ("TestContractVersions", 80),
        ],
    ),
];

const ANDROID: &[Group] = &[
    (
        "com.acme.app.CartScreenTest",
        "CartScreenTest",
        &[("showsItems", 2400), ("swipesToRemove", 3900), ("rotates", 5200), ("keepsScrollPosition", 2900)],
    ),
    (
        "com.acme.app.PaymentScreenTest",
        "PaymentScreenTest",
        &[("scansCard", 4100), ("paysWithWallet", 3700), ("showsRefusal", 2500), ("hidesCardNumberInRecents", 1800)],
    ),
    (
        "com.acme.app.LoginScreenTest",
        "LoginScreenTest",
        &[("signsInWithPin", 2100), ("fallsBackToPassword", 2800), ("locksAfterFiveFailures", 6100)],
    ),
    (
        "com.acme.app.OrderListTest",
        "OrderListTest",
        &[("loadsNextPage", 3300), ("refreshes", 2600), ("showsEmptyState", 1500), ("filtersByStatus", 2000)],
    ),
    (
        "com.acme.app.DeepLinkTest",
        "DeepLinkTest",
        &[("opensOrder", 1900), ("ignoresForeignHosts", 1200), ("opensCoupon", 1700)],
    ),
    (
        "com.acme.app.OfflineTest",
        "OfflineTest",
        &[("queuesOrders", 6100), ("sendsQueueOnReconnect", 7400), ("warnsAboutOldPrices", 2300)],
    ),
];

const SMOKE: &[Group] = &[
    (
        "smoke.tests.test_shop",
        "Shop",
        &[
            ("test_front_page_answers", 640),
            ("test_search_finds_the_bestseller", 1310),
            ("test_cart_keeps_an_item", 1720),
            ("test_guest_can_order", 6900),
        ],
    ),
    (
        "smoke.tests.test_account",
        "Account",
        &[("test_sign_in", 1480), ("test_password_reset_mail_arrives", 9200), ("test_order_history", 1130)],
    ),
    (
        "smoke.tests.test_operations",
        "Operations",
        &[("test_health_answers", 90), ("test_version_is_deployed", 110), ("test_certificate_is_valid", 230)],
    ),
];

const VISUAL: &[Group] = &[
    (
        "desktop.spec.ts",
        "desktop",
        &[
            ("cart", 1900),
            ("payment", 2100),
            ("address", 1800),
            ("confirmation", 1500),
            ("login", 1200),
            ("orders", 2000),
            ("dashboard", 2600),
        ],
    ),
    (
        "phone.spec.ts",
        "phone",
        &[
            ("cart on a phone", 1800),
            ("payment on a phone", 2000),
            ("address on a phone", 1700),
            ("confirmation on a phone", 1400),
            ("login on a phone", 1100),
            ("orders on a phone", 1900),
            ("dashboard on a phone", 2500),
        ],
    ),
];
