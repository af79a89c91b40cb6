//! Who and what the demo is about: people, branches, commit titles, test cases. Data only.

/// Members of the team.
pub const TEAM: [&str; 6] = ["dev-rowan", "dev-kestrel", "dev-juniper", "dev-marlow", "qa-finch", "dev-saffron"];
/// Who opens pull requests from a fork.
pub const CONTRIBUTOR: &str = "outside-contrib";
/// Who merges releases.
pub const RELEASE_BOT: &str = "acme-release-bot";

/// The commit that broke the totals, and who wrote it.
pub const REGRESSION_TITLE: &str = "Cache price rules per cart (#1497)";
/// The flaky test.
pub const FLAKY_TEST: &str = "retries after a declined card";
/// The test the regression breaks.
pub const REGRESSED_TEST: &str = "applies a percentage coupon once";

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
    /// The file or class.
    pub file: &'static str,
    /// The describe block or package.
    pub suite: &'static str,
    /// The title.
    pub title: &'static str,
    /// How long it usually takes.
    pub typical_ms: u64,
}

const fn case(file: &'static str, suite: &'static str, title: &'static str, typical_ms: u64) -> Case {
    Case { file, suite, title, typical_ms }
}

/// End-to-end tests.
pub const E2E: [Case; 36] = [
    case("cart.spec.ts", "cart", "starts empty", 812),
    case("cart.spec.ts", "cart", "adds and removes an item", 1930),
    case("cart.spec.ts", "cart", "changes the quantity", 1644),
    case("cart.spec.ts", "cart", "survives a reload", 2210),
    case("cart.spec.ts", "totals", "sums up items and shipping", 1420),
    case("cart.spec.ts", "totals", REGRESSED_TEST, 2105),
    case("cart.spec.ts", "totals", "refuses an expired coupon", 1533),
    case("cart.spec.ts", "totals", "shows free shipping above the threshold", 1377),
    case("address.spec.ts", "address", "validates the postal code", 1810),
    case("address.spec.ts", "address", "remembers the last address", 2630),
    case("address.spec.ts", "address", "offers store pickup", 3120),
    case("address.spec.ts", "address", "keeps the focus order", 940),
    case("payment.spec.ts", "card payment", "accepts a valid card", 3340),
    case("payment.spec.ts", "card payment", "rejects an expired card", 2120),
    case("payment.spec.ts", "card payment", FLAKY_TEST, 4980),
    case("payment.spec.ts", "card payment", "asks for confirmation on large amounts", 3870),
    case("payment.spec.ts", "wallet", "opens the wallet sheet", 2440),
    case("payment.spec.ts", "wallet", "falls back to card", 2710),
    case("payment.spec.ts", "invoice", "requires a billing address", 1980),
    case("payment.spec.ts", "invoice", "sends the invoice by mail", 2260),
    case("confirmation.spec.ts", "confirmation", "shows the order number", 1620),
    case("confirmation.spec.ts", "confirmation", "links to tracking", 1340),
    case("confirmation.spec.ts", "confirmation", "offers an account to guests", 1890),
    case("login.spec.ts", "login", "signs in with a password", 1480),
    case("login.spec.ts", "login", "locks after five failures", 5210),
    case("login.spec.ts", "login", "merges the guest cart", 3150),
    case("login.spec.ts", "login", "signs out everywhere", 2270),
    case("orders.spec.ts", "orders", "lists past orders", 1750),
    case("orders.spec.ts", "orders", "filters by status", 1920),
    case("orders.spec.ts", "orders", "exports as CSV", 2480),
    case("orders.spec.ts", "returns", "starts a return", 3010),
    case("orders.spec.ts", "returns", "refuses a return after 30 days", 1690),
    case("i18n.spec.ts", "languages", "switches to German", 1230),
    case("i18n.spec.ts", "languages", "formats prices per locale", 1110),
    case("a11y.spec.ts", "accessibility", "has no violations on the cart page", 2890),
    case("a11y.spec.ts", "accessibility", "has no violations on the payment page", 3040),
];

/// Unit tests of the front end.
pub const UNIT: [Case; 24] = [
    case("src/money/round.test.ts", "round", "rounds half to even", 3),
    case("src/money/round.test.ts", "round", "keeps cents exact", 2),
    case("src/money/format.test.ts", "format", "formats euros", 5),
    case("src/money/format.test.ts", "format", "formats yen without decimals", 4),
    case("src/cart/reducer.test.ts", "cart reducer", "adds an item", 6),
    case("src/cart/reducer.test.ts", "cart reducer", "merges equal items", 5),
    case("src/cart/reducer.test.ts", "cart reducer", "drops items at zero", 4),
    case("src/cart/totals.test.ts", "totals", "is zero for an empty cart", 2),
    case("src/cart/totals.test.ts", "totals", "applies coupons in order", 9),
    case("src/cart/totals.test.ts", "totals", "never goes below zero", 4),
    case("src/address/postal.test.ts", "postal codes", "accepts German codes", 3),
    case("src/address/postal.test.ts", "postal codes", "accepts British codes", 3),
    case("src/address/postal.test.ts", "postal codes", "rejects letters in Dutch digits", 3),
    case("src/payment/luhn.test.ts", "luhn", "accepts test numbers", 2),
    case("src/payment/luhn.test.ts", "luhn", "rejects a swapped digit", 2),
    case("src/payment/machine.test.ts", "payment machine", "goes from idle to authorised", 12),
    case("src/payment/machine.test.ts", "payment machine", "cancels on timeout", 31),
    case("src/payment/machine.test.ts", "payment machine", "retries once", 18),
    case("src/api/client.test.ts", "api client", "adds the correlation id", 7),
    case("src/api/client.test.ts", "api client", "parses problem details", 6),
    case("src/api/client.test.ts", "api client", "gives up after three tries", 44),
    case("src/i18n/messages.test.ts", "messages", "has every key in every language", 21),
    case("src/i18n/messages.test.ts", "messages", "escapes placeholders", 4),
    case("src/ui/Button.test.tsx", "Button", "is reachable by keyboard", 38),
];

/// Integration tests of the back end.
pub const BACKEND: [Case; 20] = [
    case("com.acme.checkout.OrderRepositoryTest", "OrderRepositoryTest", "savesAndLoads", 420),
    case("com.acme.checkout.OrderRepositoryTest", "OrderRepositoryTest", "findsByCustomer", 310),
    case("com.acme.checkout.OrderRepositoryTest", "OrderRepositoryTest", "locksPessimistically", 890),
    case("com.acme.checkout.PriceServiceTest", "PriceServiceTest", "roundsHalfToEven", 35),
    case("com.acme.checkout.PriceServiceTest", "PriceServiceTest", "appliesPercentageCouponOnce", 48),
    case("com.acme.checkout.PriceServiceTest", "PriceServiceTest", "combinesCoupons", 52),
    case("com.acme.checkout.PaymentGatewayTest", "PaymentGatewayTest", "authorises", 1210),
    case("com.acme.checkout.PaymentGatewayTest", "PaymentGatewayTest", "retriesOnTimeout", 3050),
    case("com.acme.checkout.PaymentGatewayTest", "PaymentGatewayTest", "refusesDuplicateCapture", 640),
    case("com.acme.checkout.StockClientTest", "StockClientTest", "reservesItems", 510),
    case("com.acme.checkout.StockClientTest", "StockClientTest", "releasesOnCancel", 480),
    case("com.acme.checkout.StockClientTest", "StockClientTest", "survivesSlowAnswers", 2400),
    case("com.acme.checkout.CouponLimitTest", "CouponLimitTest", "blocksAfterTenAttempts", 260),
    case("com.acme.checkout.CouponLimitTest", "CouponLimitTest", "resetsAfterAMinute", 240),
    case("com.acme.checkout.RefundTest", "RefundTest", "refundsPartially", 330),
    case("com.acme.checkout.RefundTest", "RefundTest", "writesAuditTrail", 350),
    case("com.acme.checkout.WebhookTest", "WebhookTest", "signsPayloads", 90),
    case("com.acme.checkout.WebhookTest", "WebhookTest", "retriesWithBackoff", 1500),
    case("com.acme.checkout.ExportTest", "ExportTest", "escapesCsv", 70),
    case("com.acme.checkout.ExportTest", "ExportTest", "streamsLargeExports", 2900),
];

/// Instrumented tests of the app.
pub const ANDROID: [Case; 12] = [
    case("com.acme.app.CartScreenTest", "CartScreenTest", "showsItems", 2400),
    case("com.acme.app.CartScreenTest", "CartScreenTest", "swipesToRemove", 3900),
    case("com.acme.app.CartScreenTest", "CartScreenTest", "rotates", 5200),
    case("com.acme.app.PaymentScreenTest", "PaymentScreenTest", "scansCard", 4100),
    case("com.acme.app.PaymentScreenTest", "PaymentScreenTest", "paysWithWallet", 3700),
    case("com.acme.app.LoginScreenTest", "LoginScreenTest", "signsInWithPin", 2100),
    case("com.acme.app.LoginScreenTest", "LoginScreenTest", "fallsBackToPassword", 2800),
    case("com.acme.app.OrderListTest", "OrderListTest", "loadsNextPage", 3300),
    case("com.acme.app.OrderListTest", "OrderListTest", "refreshes", 2600),
    case("com.acme.app.DeepLinkTest", "DeepLinkTest", "opensOrder", 1900),
    case("com.acme.app.DeepLinkTest", "DeepLinkTest", "ignoresForeignHosts", 1200),
    case("com.acme.app.OfflineTest", "OfflineTest", "queuesOrders", 6100),
];
