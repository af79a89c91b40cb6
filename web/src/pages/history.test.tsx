// Pages of test history as a reader sees them, over answers of the API.
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { createMemoryHistory, RouterProvider } from "@tanstack/react-router";
import { act, fireEvent, render, screen, within } from "@testing-library/react";
import { afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { createAppRouter } from "../router";
import { aJob, aRun, aSync, aWorkflow, someTests } from "../test/builders";
import {
  aComparison,
  aFailure,
  aFamily,
  aGrid,
  aLogFailure,
  anEntry,
  aPass,
  aReport,
  aResult,
  aRunRef,
  aTest,
  aTestDetail,
  someRunTests,
} from "../test/historyBuilders";

let answers: Record<string, unknown>;
let asked: URL[];

// What is loaded on demand is loaded once, so that no test waits for it.
beforeAll(() => Promise.all([import("./run/RunPage"), import("./compare/CompareTab")]), 120_000);
beforeEach(() => {
  answers = { "/api/sync": aSync() };
  asked = [];
  vi.stubGlobal("scrollTo", () => {});
  vi.stubGlobal("fetch", async (request: Request) => {
    const url = new URL(request.url);
    asked.push(url);
    const answer = answers[url.pathname];
    if (typeof answer === "function") return Response.json(answer(url.searchParams));
    if (answer instanceof Response) return answer.clone();
    return answer === undefined
      ? Response.json({ title: "Not Found", status: 404, detail: "There is none." }, { status: 404 })
      : Response.json(answer);
  });
});
afterEach(() => vi.unstubAllGlobals());

async function open(address: string) {
  const router = createAppRouter(createMemoryHistory({ initialEntries: [address] }));
  const queries = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  await act(async () => {
    render(
      <QueryClientProvider client={queries}>
        <RouterProvider router={router} />
      </QueryClientProvider>,
    );
  });
  return router;
}

const lastAsked = (path: string) => asked.filter((url) => url.pathname === path).at(-1)?.search;

const everAsked = (path: string) => asked.filter((url) => url.pathname === path).map((url) => url.search);

function serveRun(change: Parameters<typeof aRun>[0] = {}) {
  answers["/api/runs/1"] = aRun({
    conclusion: "failure",
    summary: { ...aRun().summary, tests: someTests({ total: 3, passed: 2, failed: 1, state: "complete" }) },
    ...change,
  });
  answers["/api/runs/1/jobs"] = { jobs: [aJob({ conclusion: "failure" })] };
  answers["/api/runs/1/tests"] = someRunTests();
}

test("a failed run shows its failed test at once: message, stack, files, and where to go on", async () => {
  serveRun();
  const failure = aFailure({
    type: "AssertionError",
    stack: "    at cart (tests/cart.spec.ts:12:3)\n    at run (node_modules/vitest/dist/a.js:1:1)",
    stdout: "listening",
    attachments: [
      { name: "screenshot", path: "a/shot.png", fileId: "5.3", url: "/api/files/5.3/content", mediaType: "image/png" },
      {
        name: "trace",
        path: "a/trace.zip",
        fileId: "5.4",
        url: "/api/files/5.4/content",
        mediaType: "application/zip",
      },
      { name: "video", path: "a/video.webm", fileId: null, url: null, mediaType: null },
    ],
    tries: [{ status: "failed", durationMs: 900, message: "first try" }],
  });
  answers["/api/runs/1/tests"] = someRunTests({ tests: [aResult({ failure, verdict: "flaky" })] });
  await open("/runs/1");
  const panel = within(await screen.findByRole("region", { name: "Failure" }));
  expect(panel.getByRole("heading", { name: "cart › keeps the order" })).toBeTruthy();
  expect(panel.getByRole("region", { name: "Message" }).textContent).toBe("AssertionError: expected 3 to equal 4");
  expect(panel.getByText(/tests\/cart\.spec\.ts:12:3/)).toBeTruthy();
  expect(panel.getByText("1 line of libraries").closest("details")?.open).toBe(false);
  const shots = within(panel.getByRole("list", { name: "Screenshots" }));
  expect(shots.getByRole("link").getAttribute("href")).toBe("/files/5.3");
  expect(shots.getByRole("link").querySelector("img")?.getAttribute("src")).toMatch(
    /^\/api\/files\/5\.3\/(thumbnail|content)/,
  );
  const others = within(panel.getByRole("list", { name: "Attachments" }));
  expect(others.getByRole("link", { name: /trace/ }).getAttribute("href")).toBe("/files/5.4");
  expect(others.getByText("not uploaded")).toBeTruthy();
  const tries = within(panel.getByRole("navigation", { name: "Tries" }));
  expect(tries.getAllByRole("link").map((link) => link.textContent)).toEqual([" Run900ms", " Retry 11.2s"]);
  expect(panel.getByRole("link", { name: "History" }).getAttribute("href")).toBe("/tests/21");
  expect(panel.getByRole("link", { name: "Job log" }).getAttribute("href")).toBe(
    "/runs/1/jobs/11?find=keeps+the+order",
  );
  expect(panel.getByRole("link", { name: "Same failure elsewhere" }).getAttribute("href")).toBe("/failures/5");
  expect(screen.getByText("1 test failed.")).toBeTruthy();
  expect(screen.getByText(/^It is new/)).toBeTruthy();
});

test("a failure comes with the past of its test", async () => {
  serveRun();
  const detail = aTestDetail({ strip: "PPFF" });
  answers["/api/tests/21"] = {
    ...detail,
    judgement: { ...detail.judgement, verdict: "regressed", reason: "Failed in the last 2 commits." },
    failingSince: {
      lastGreen: aRunRef(),
      firstRed: aRunRef({ id: 4, runNumber: 44 }),
      commits: [],
      inconclusive: false,
      reason: "",
    },
  };
  await open("/runs/1");
  const panel = within(await screen.findByRole("region", { name: "Failure" }));
  expect(await panel.findByText("Failed in the last 2 commits.")).toBeTruthy();
  expect(panel.getByRole("img", { name: "Last 4 results, oldest first: 2 passed, 2 failed" })).toBeTruthy();
  expect(panel.getByRole("link", { name: "#44" }).getAttribute("href")).toBe("/runs/4");
});

test("failed tests stand by cause, and the address says which one is looked at", async () => {
  serveRun();
  answers["/api/runs/1/tests"] = someRunTests({
    tests: [
      aResult(),
      aResult({ id: "9.1", testId: 22, name: "sums up" }),
      aResult({ id: "9.2", testId: 23, name: "logs in", familyId: 6, failure: aFailure({ message: "refused" }) }),
    ],
    total: 3,
  });
  const router = await open("/runs/1?result=9.2");
  expect((await screen.findByRole("region", { name: "Failure" })).textContent).toContain("refused");
  const list = within(screen.getByRole("navigation", { name: "Failures by cause" }));
  expect(list.getByText(/^2/)).toBeTruthy();
  await act(async () => list.getByRole("link", { name: /sums up/ }).click());
  expect(router.state.location.search).toEqual({ tab: "failures", result: "9.1" });
  expect(screen.getByRole("region", { name: "Failure" }).textContent).toContain("sums up");
});

test("what only a log tells is marked, and leads to its line", async () => {
  serveRun({ summary: { ...aRun().summary, tests: someTests() } });
  answers["/api/runs/1/tests"] = someRunTests({ tests: [], total: 0, reports: [], logFailures: [aLogFailure()] });
  await open("/runs/1");
  const panel = within(await screen.findByRole("region", { name: "Failure" }));
  expect(panel.getByText("from the log")).toBeTruthy();
  expect(panel.getByRole("link", { name: "Log line 77" }).getAttribute("href")).toBe("/runs/1/jobs/11#L77");
});

test("what a test says is text, whatever it says", async () => {
  serveRun();
  const hostile = "<img src=x onerror=alert(1)>\u202Egnp";
  answers["/api/runs/1/tests"] = someRunTests({
    tests: [aResult({ name: hostile, suite: hostile, variant: hostile, failure: aFailure({ message: hostile }) })],
  });
  await open("/runs/1");
  const panel = await screen.findByRole("region", { name: "Failure" });
  expect(panel.querySelector("img")).toBeNull();
  expect(panel.textContent).toContain("<img src=x onerror=alert(1)>⟨202E⟩gnp");
});

test.each([
  ["missing", "The test report is missing."],
  ["empty", "No test ran."],
  ["unreadable", "The test report cannot be read."],
  ["partial", "These tests are not complete."],
  ["pending", "The tests are not all here yet."],
] as const)("a run whose tests are %s says so", async (state, title) => {
  serveRun({ summary: { ...aRun().summary, tests: someTests({ state, problem: "junit.xml ends in the middle." }) } });
  await open("/runs/1?tab=jobs");
  expect((await screen.findByText(title)).parentElement?.textContent).toContain("junit.xml ends in the middle.");
});

test("the tests of a run are filtered by the address, open in place, and stand above their reports", async () => {
  serveRun();
  answers["/api/runs/1/tests"] = someRunTests({
    tests: [aResult(), aPass({ id: "9.1", testId: 22, name: "sums up" })],
    total: 2,
    reports: [
      aReport(),
      aReport({ id: 10, path: "out/results.json", standing: "duplicate", instead: 9 }),
      aReport({
        id: 11,
        path: "empty.xml",
        state: "empty",
        total: 0,
        passed: 0,
        failed: 0,
        problems: ["no case in it"],
      }),
      aReport({ id: 12, path: "lint.sarif", kind: "lint", findings: 4 }),
      aReport({
        id: 13,
        path: "cov.xml",
        kind: "coverage",
        coverage: { files: 2, lines: 100, linesHit: 80, branches: 0, branchesHit: 0 },
      }),
    ],
  });
  const router = await open("/runs/1?tab=tests&status=failed&q=order&suite=cart&report=9");
  const reports = within(await screen.findByRole("region", { name: /^Reports/ }));
  expect(everAsked("/api/runs/1/tests")).toContain("?status=failed&q=order&suite=cart&reportId=9&limit=50");
  expect(reports.getByText("duplicate of junit.xml")).toBeTruthy();
  expect(reports.getByText("empty: not green")).toBeTruthy();
  expect(reports.getByText("no case in it")).toBeTruthy();
  expect(reports.getByText("4 findings")).toBeTruthy();
  expect(reports.getByText("80% of lines")).toBeTruthy();
  const row = screen.getByRole("link", { name: "keeps the order" });
  expect(row.getAttribute("aria-expanded")).toBe("false");
  await act(async () => row.click());
  expect(router.state.location.search).toMatchObject({ result: "9.0" });
  expect(screen.getByRole("region", { name: "Message" })).toBeTruthy();
  await act(async () => screen.getByRole("button", { name: "Clear filters" }).click());
  await vi.waitFor(() => expect(everAsked("/api/runs/1/tests")).toContain("?limit=50"));
});

test("a search that found nothing on its first page asks on, and keeps the reports of the first", async () => {
  serveRun();
  answers["/api/runs/1/tests"] = (query: URLSearchParams) =>
    query.get("cursor")
      ? someRunTests({ tests: [aPass({ name: "far down" })], reports: [] })
      : someRunTests({ tests: [], nextCursor: "next", totalIsExact: false });
  await open("/runs/1?tab=tests&q=far");
  expect(await screen.findByRole("link", { name: "far down" })).toBeTruthy();
  expect(screen.getByRole("region", { name: /^Reports/ })).toBeTruthy();
});

test("runs and workflows show counts of tests, or the word for why there are none", async () => {
  const summary = (tests: ReturnType<typeof someTests>) => ({ ...aRun().summary, tests });
  answers["/api/runs"] = {
    runs: [
      aRun({
        summary: summary(someTests({ total: 12, passed: 10, failed: 1, skipped: 1, flaky: 2, state: "complete" })),
      }),
      aRun({ id: 2, title: "Second", summary: summary(someTests({ state: "missing" })) }),
    ],
    nextCursor: null,
    total: 2,
    totalIsExact: true,
  };
  await open("/runs");
  expect(await screen.findByRole("img", { name: "1 failed, 2 flaky, 8 passed, 1 skipped" })).toBeTruthy();
  expect(screen.getByText("report missing")).toBeTruthy();
});

test("tests are searched, sorted and narrowed by the address", async () => {
  answers["/api/tests"] = {
    tests: [aTest({ verdict: "flaky", recentFailures: 4, failures: 9, flakeRate: 0.25, strip: "PFLP" })],
    nextCursor: null,
    total: 1,
    totalIsExact: true,
  };
  const router = await open("/tests?q=order&sort=flakiness");
  const link = await screen.findByRole("link", { name: "keeps the order" });
  expect(link.getAttribute("href")).toBe("/tests/21");
  expect(lastAsked("/api/tests")).toBe("?q=order&sort=flakiness&limit=50");
  expect(screen.getByRole("img", { name: "Last 4 results, oldest first: 2 passed, 1 failed, 1 flaky" })).toBeTruthy();
  await act(async () => {
    fireEvent.change(screen.getByLabelText("Verdict"), { target: { value: "flaky" } });
  });
  await vi.waitFor(() =>
    expect(router.state.location.search).toEqual({ q: "order", sort: "flakiness", verdict: "flaky" }),
  );
});

test("no tests and no matching tests are told apart", async () => {
  answers["/api/tests"] = { tests: [], nextCursor: null, total: 0, totalIsExact: true };
  await open("/tests");
  expect(await screen.findByText("No tests yet")).toBeTruthy();
});

test("a search that matches nothing offers to clear it", async () => {
  answers["/api/tests"] = { tests: [], nextCursor: null, total: 0, totalIsExact: true };
  await open("/tests?q=nothing");
  expect(await screen.findByText("No test matches")).toBeTruthy();
  expect(screen.getByRole("button", { name: "Clear filters" })).toBeTruthy();
});

test("a test's verdict comes with the executions that prove it", async () => {
  const execution = {
    resultId: "9.0",
    runId: 1,
    runNumber: 41,
    attempt: 1,
    jobId: 11,
    status: "failed" as const,
    at: "2026-05-04T10:00:00Z",
    headSha: "e07d41c0e07d41c0",
    branch: "main",
  };
  const detail = aTestDetail();
  answers["/api/tests/21"] = aTestDetail({
    judgement: {
      ...detail.judgement,
      verdict: "flaky",
      reason: "Passed and failed on the same code in 2 of 12 commits.",
      mixedSources: 2,
      flakeRate: 1 / 6,
      passesNeeded: 14,
      proof: [
        {
          kind: "otherAttempt",
          executions: [execution, { ...execution, resultId: "12.0", attempt: 2, status: "passed" }],
        },
      ],
    },
    variants: [{ variant: "node=22", results: 10, failures: 2, flaky: 1, p50DurationMs: 900 }],
    families: [aFamily()],
  });
  await open("/tests/21");
  const verdict = within(await screen.findByRole("region", { name: "Verdict" }));
  expect(verdict.getByText("Passed and failed on the same code in 2 of 12 commits.")).toBeTruthy();
  expect(verdict.getByText("on 2 of 12 (16.7%)")).toBeTruthy();
  expect(verdict.getByText("Failed in one attempt of a run and passed in another:")).toBeTruthy();
  const proof = verdict.getAllByRole("link").map((link) => link.getAttribute("href"));
  expect(proof).toEqual([
    "/runs/1?tab=tests&attempt=1&q=keeps+the+order&result=9.0",
    "/runs/1?tab=tests&attempt=2&q=keeps+the+order&result=12.0",
  ]);
  expect(screen.getByRole("region", { name: /^Variants/ }).textContent).toContain("node=22");
  expect(screen.getByRole("region", { name: /^How it fails/ }).textContent).toContain("expected <n> to equal <n>");
});

test("a failing test names its last green run, its first red one and the suspects", async () => {
  answers["/api/tests/21"] = aTestDetail({
    failingSince: {
      lastGreen: aRunRef({ id: 3, runNumber: 43 }),
      firstRed: aRunRef({ id: 4, runNumber: 44, conclusion: "failure" }),
      commits: [aRunRef({ id: 4, runNumber: 44, commitMessage: "Change the cart", commitAuthor: "Ada" })],
      inconclusive: false,
      reason: "Fails since #44.",
    },
    history: [anEntry({ status: "failed", message: "expected 3", guarded: true, familyId: 5 })],
  });
  await open("/tests/21?status=failed");
  const panel = within(await screen.findByRole("region", { name: /^Failing since/ }));
  expect(panel.getByRole("link", { name: "#43" }).getAttribute("href")).toBe("/runs/3");
  expect(panel.getByText("The only commit in between: the suspect")).toBeTruthy();
  expect(panel.getByText("Change the cart")).toBeTruthy();
  expect(lastAsked("/api/tests/21")).toBe("?status=failed&limit=100");
  const history = within(screen.getByRole("region", { name: /^History/ }));
  expect(history.getByText("no evidence")).toBeTruthy();
  expect(history.getByRole("link", { name: "expected 3" }).getAttribute("href")).toBe("/failures/5");
});

test("flaky tests are ranked, with reason, rate and the passes that would prove a fix", async () => {
  answers["/api/tests"] = (query: URLSearchParams) => ({
    tests:
      query.get("verdict") === "flaky"
        ? [
            aTest({
              verdict: "flaky",
              flakeRate: 0.1,
              reason: "Passed and failed on the same code in 3 of 30 commits.",
            }),
          ]
        : [],
    nextCursor: null,
    total: 1,
    totalIsExact: true,
  });
  await open("/flaky");
  const panel = within(await screen.findByRole("region", { name: /^Flaky/ }));
  expect(await panel.findByText("Passed and failed on the same code in 3 of 30 commits.")).toBeTruthy();
  expect(panel.getByText("10%")).toBeTruthy();
  expect(panel.getByText("29 passes")).toBeTruthy();
  expect(screen.getByText("No test looks flaky without proof.")).toBeTruthy();
});

test("failures stand by cause with what they touch", async () => {
  answers["/api/failures"] = {
    failures: [aFamily({ isGlobal: true, tests: 0, pullRequests: [7, 8] })],
    nextCursor: null,
    total: 1,
    totalIsExact: true,
  };
  const router = await open("/failures?since=7");
  const link = await screen.findByRole("link", { name: "expected <n> to equal <n>" });
  expect(link.getAttribute("href")).toBe("/failures/5");
  expect(link.closest("li")?.textContent).toContain("known from logs alone · 1 branch · 2 pull requests");
  await act(async () => screen.getByLabelText("On the default branch").click());
  await vi.waitFor(() => expect(router.state.location.searchStr).toBe("?since=7&onDefault=1"));
  await vi.waitFor(() => expect(lastAsked("/api/failures")).toBe("?since=7&onDefault=1&limit=50"));
});

test("a family lists its tests and runs", async () => {
  answers["/api/failures/5"] = {
    ...aFamily(),
    failingTests: [
      {
        id: 21,
        suite: "cart",
        className: null,
        name: "keeps the order",
        verdict: "broken",
        failures: 3,
        lastSeenAt: "2026-05-04T10:00:00Z",
        lastResultId: "9.0",
        lastRunId: 1,
      },
    ],
    failingRuns: [
      { ...aRunRef(), workflowId: 7, workflowName: "CI", event: "push", fork: false, pullRequests: [3], tests: 1 },
    ],
    logFailures: [aLogFailure()],
  };
  await open("/failures/5");
  const tests = within(await screen.findByRole("region", { name: /^Tests with it/ }));
  expect(tests.getByRole("link", { name: "keeps the order" }).getAttribute("href")).toBe("/tests/21");
  const runs = within(screen.getByRole("region", { name: /^Runs with it/ }));
  expect(runs.getByRole("link", { name: "#41" }).getAttribute("href")).toBe("/runs/1");
  expect(screen.getByRole("region", { name: /^In logs/ }).textContent).toContain("error[E0308]: mismatched types");
});

test("the grid can be walked with the keyboard and leads to a result", async () => {
  answers["/api/workflows/7"] = aWorkflow();
  answers["/api/workflows/7/grid"] = aGrid();
  serveRun();
  answers["/api/runs/2"] = aRun({ id: 2 });
  const router = await open("/workflows/7?view=grid");
  const grid = await screen.findByRole("grid");
  expect(lastAsked("/api/workflows/7/grid")).toBe("?runs=50&tests=2000&hideGreen=1");
  expect(within(grid).getByRole("gridcell").textContent).toBe(
    "cart › keeps the order, run 42, failed, expected <n> to equal <n>",
  );
  fireEvent.keyDown(grid, { key: "ArrowLeft" });
  expect(within(grid).getByRole("gridcell").textContent).toBe("cart › keeps the order, run 41, passed");
  fireEvent.keyDown(grid, { key: "n" });
  await act(async () => fireEvent.keyDown(grid, { key: "Enter" }));
  await vi.waitFor(() => expect(router.state.location.pathname).toBe("/runs/2"));
  expect(router.state.location.searchStr).toBe("?tab=tests&q=keeps+the+order&test=21");
  await act(async () => router.history.back());
  expect(router.state.location.searchStr).toBe("?view=grid&cell=21.2");
});

test("a grid without a failure offers the tests that passed", async () => {
  answers["/api/workflows/7"] = aWorkflow();
  answers["/api/workflows/7/grid"] = aGrid({ tests: [], total: 0 });
  const router = await open("/workflows/7?view=grid");
  await act(async () => (await screen.findByRole("button", { name: "Show the tests that passed" })).click());
  expect(router.state.location.searchStr).toBe("?view=grid&green=1");
  await vi.waitFor(() => expect(lastAsked("/api/workflows/7/grid")).toBe("?runs=50&tests=2000"));
});

test("a run is compared with the last green one, or with another that is named", async () => {
  const compared = {
    id: 21,
    suite: "cart",
    className: null,
    name: "keeps the order",
    verdict: "regressed" as const,
    base: "passed" as const,
    head: "failed" as const,
    baseDurationMs: 1000,
    headDurationMs: 3000,
    message: "expected 3",
  };
  answers["/api/runs/2/compare"] = aComparison({
    tests: { ...aComparison().tests, newFailures: { total: 1, tests: [compared] } },
    jobs: [
      {
        name: "build",
        baseId: 11,
        headId: 12,
        baseConclusion: "success",
        headConclusion: "failure",
        baseDurationMs: 60_000,
        headDurationMs: 130_000,
        steps: [],
      },
    ],
  });
  answers["/api/runs/2"] = aRun({ id: 2 });
  answers["/api/runs/2/jobs"] = { jobs: [] };
  answers["/api/workflows/7/runs"] = {
    runs: [aRun({ id: 9, runNumber: 39, title: "Round prices" })],
    nextCursor: null,
    total: 1,
    totalIsExact: true,
  };
  const router = await open("/runs/2/compare");
  const panel = within(await screen.findByRole("region", { name: /^New failures/ }));
  expect(router.state.location.href).toBe("/runs/2?tab=compare");
  expect(lastAsked("/api/runs/2/compare")).toBe("?with=lastGreen");
  expect(panel.getByText("expected 3")).toBeTruthy();
  expect(screen.getByText("1 new failure.")).toBeTruthy();
  expect(screen.getByRole("region", { name: /^Jobs and steps/ }).textContent).toContain("+1m 10s slower");
  await act(async () => screen.getByRole("button", { name: "Another run" }).click());
  const choices = within(await screen.findByRole("list", { name: "Runs to compare with" }));
  await act(async () => choices.getByRole("link", { name: /#39/ }).click());
  await vi.waitFor(() => expect(router.state.location.searchStr).toBe("?tab=compare&with=9"));
  expect(lastAsked("/api/runs/2/compare")).toBe("?with=9");
  await act(async () => screen.getByRole("button", { name: "Another run" }).click());
  const field = screen.getByRole("searchbox", { name: /^Number, branch/ });
  fireEvent.change(field, { target: { value: "https://x.example/actions/runs/8" } });
  await act(async () => void fireEvent.keyDown(field, { key: "Enter" }));
  await vi.waitFor(() => expect(router.state.location.searchStr).toBe("?tab=compare&with=8"));
});

test.each(["/compare/9...2", "/runs/2/compare?with=9", "/runs/2/compare?base=9"])(
  "%s leads to the comparison",
  async (address) => {
    const router = await open(address);
    await vi.waitFor(() => expect(router.state.location.href).toBe("/runs/2?tab=compare&with=9"));
  },
);

test("where there is nothing to compare with, the page says why", async () => {
  answers["/api/runs/2/compare"] = Response.json(
    { title: "Not Found", status: 404, detail: "No earlier run of this workflow succeeded." },
    { status: 404 },
  );
  answers["/api/runs/2"] = aRun({ id: 2 });
  answers["/api/runs/2/jobs"] = { jobs: [] };
  await open("/runs/2/compare");
  expect(await screen.findByText("Nothing to compare with")).toBeTruthy();
  expect(screen.getByText(/No earlier run of this workflow succeeded\./)).toBeTruthy();
});

test.each(["/tests/404", "/failures/404", "/tests/abc", "/compare/a...b"])("%s is a tidy 404", async (address) => {
  await open(address);
  expect(await screen.findByText(/does not exist/)).toBeTruthy();
});
