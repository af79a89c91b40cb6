// Builders of test history that show only what matters to a test.
import type {
  ComparedTests,
  Comparison,
  Family,
  Grid,
  GridRun,
  GridTest,
  HistoryEntry,
  LogFailure,
  RunRef,
  RunTests,
  Test,
  TestDetail,
  TestFailure,
  TestReport,
  TestResult,
} from "../api/types";
import { someTests } from "./builders";

const moment = "2026-05-04T10:00:00Z";

/** A failure with a message and nothing else. */
export function aFailure(change: Partial<TestFailure> = {}): TestFailure {
  return {
    type: null,
    message: "expected 3 to equal 4",
    stack: null,
    stdout: null,
    stderr: null,
    attachments: [],
    tries: [],
    ...change,
  };
}

/** A failed result. */
export function aResult(change: Partial<TestResult> = {}): TestResult {
  return {
    id: "9.0",
    testId: 21,
    suite: "cart",
    className: null,
    name: "keeps the order",
    file: "tests/cart.spec.ts",
    line: 12,
    runId: 1,
    attempt: 1,
    jobId: 11,
    reportId: 9,
    variant: "",
    status: "failed",
    durationMs: 1200,
    tries: 1,
    verdict: "healthy",
    strip: "PPF",
    flakeRate: 0,
    novelty: "new",
    familyId: 5,
    failure: aFailure(),
    ...change,
  };
}

/** A passed result. */
export function aPass(change: Partial<TestResult> = {}): TestResult {
  return aResult({ status: "passed", novelty: null, familyId: null, failure: null, ...change });
}

/** A counted report. */
export function aReport(change: Partial<TestReport> = {}): TestReport {
  return {
    id: 9,
    runId: 1,
    attempt: 1,
    artifactId: 5,
    artifactName: "results",
    jobId: 11,
    fileId: "5.0",
    path: "out/junit.xml",
    files: 1,
    format: "junit",
    formatTitle: "JUnit XML",
    kind: "tests",
    tool: null,
    state: "complete",
    standing: "counted",
    instead: null,
    problems: [],
    variant: "",
    total: 3,
    passed: 2,
    failed: 1,
    skipped: 0,
    flaky: 0,
    dropped: 0,
    findings: 0,
    coverage: null,
    durationMs: 4000,
    ...change,
  };
}

/** A failure found in a log. */
export function aLogFailure(change: Partial<LogFailure> = {}): LogFailure {
  return {
    runId: 1,
    jobId: 11,
    jobName: "build",
    attempt: 1,
    step: "Compile",
    line: 77,
    type: "E0308",
    tool: "rustc",
    test: null,
    message: "error[E0308]: mismatched types",
    excerpt: "error[E0308]: mismatched types\n --> src/lib.rs:3:5",
    familyId: null,
    ...change,
  };
}

/** One page with one failed test. */
export function someRunTests(change: Partial<RunTests> = {}): RunTests {
  return {
    tests: [aResult()],
    nextCursor: null,
    total: 1,
    totalIsExact: true,
    totals: someTests({ total: 3, passed: 2, failed: 1, state: "complete" }),
    reports: [aReport()],
    logFailures: [],
    ...change,
  };
}

/** A healthy test. */
export function aTest(change: Partial<Test> = {}): Test {
  return {
    id: 21,
    repository: "acme/checkout",
    suite: "cart",
    className: null,
    name: "keeps the order",
    file: "tests/cart.spec.ts",
    firstSeenAt: moment,
    lastSeenAt: moment,
    lastFailureAt: null,
    results: 30,
    failures: 0,
    flakyResults: 0,
    averageDurationMs: 1200,
    verdict: "healthy",
    reason: "",
    since: null,
    flakeRate: 0,
    score: 0,
    recentFailures: 0,
    impactMs: 0,
    flips: 0,
    failRate: 0,
    strip: "PPPP",
    ...change,
  };
}

/** A run in short. */
export function aRunRef(change: Partial<RunRef> = {}): RunRef {
  return {
    id: 1,
    runNumber: 41,
    attempt: 1,
    conclusion: "success",
    createdAt: moment,
    branch: "main",
    headSha: "e07d41c0e07d41c0e07d41c0e07d41c0e07d41c0",
    commitMessage: "Add order export",
    commitAuthor: "Mona",
    ...change,
  };
}

/** A passed result in a history. */
export function anEntry(change: Partial<HistoryEntry> = {}): HistoryEntry {
  return {
    resultId: "9.0",
    run: aRunRef(),
    workflowId: 7,
    workflowName: "CI",
    attempt: 1,
    jobId: 11,
    status: "passed",
    durationMs: 1200,
    tries: 1,
    variant: "",
    onDefault: true,
    fork: false,
    guarded: false,
    familyId: null,
    message: null,
    ...change,
  };
}

/** A healthy test with one result. */
export function aTestDetail(change: Partial<TestDetail> = {}): TestDetail {
  return {
    ...aTest(),
    judgement: {
      verdict: "healthy",
      reason: "Passed on all of 12 commits.",
      algorithm: 1,
      since: null,
      sources: 12,
      mixedSources: 0,
      flakeRate: 0,
      score: 0,
      recentFailures: 0,
      flips: 0,
      failRate: 0,
      passesNeeded: null,
      proof: [],
    },
    failingSince: null,
    history: [anEntry()],
    nextCursor: null,
    branches: ["main"],
    variants: [],
    durations: { results: 1, p50Ms: 1200, p95Ms: 1200, maxMs: 1200 },
    durationStep: null,
    families: [],
    causes: [],
    ...change,
  };
}

/** A family of failures. */
export function aFamily(change: Partial<Family> = {}): Family {
  return {
    id: 5,
    repository: "acme/checkout",
    title: "expected <n> to equal <n>",
    type: "AssertionError",
    isGlobal: false,
    message: "expected 3 to equal 4",
    firstSeenAt: moment,
    firstRunId: 1,
    lastSeenAt: moment,
    lastRunId: 1,
    runs: 3,
    tests: 2,
    branchCount: 1,
    branches: ["main"],
    pullRequests: [],
    onDefault: true,
    ...change,
  };
}

/** A column of a grid. */
export function aColumn(change: Partial<GridRun> = {}): GridRun {
  return { ...aRunRef(), state: "complete", guarded: false, ...change };
}

/** A row of a grid. */
export function aRow(change: Partial<GridTest> = {}): GridTest {
  return {
    id: 21,
    suite: "cart",
    className: null,
    name: "keeps the order",
    verdict: "healthy",
    cells: "PP",
    p50DurationMs: 1200,
    durations: null,
    families: [],
    ...change,
  };
}

/** A grid of two runs, newest first. */
export function aGrid(change: Partial<Grid> = {}): Grid {
  return {
    runs: [aColumn({ id: 2, runNumber: 42, conclusion: "failure" }), aColumn({ id: 1, runNumber: 41 })],
    tests: [aRow({ cells: "FP", families: [[0, 5]] })],
    total: 1,
    totalIsExact: true,
    green: 3,
    nextCursor: null,
    families: [[5, "expected <n> to equal <n>"]],
    ...change,
  };
}

const none: ComparedTests = { total: 0, tests: [] };

/** Two runs that did the same. */
export function aComparison(change: Partial<Comparison> = {}): Comparison {
  return {
    base: aRunRef({ id: 1, runNumber: 41 }),
    head: aRunRef({ id: 2, runNumber: 42, conclusion: "failure" }),
    baseTests: someTests({ total: 3, passed: 3, state: "complete" }),
    headTests: someTests({ total: 3, passed: 2, failed: 1, state: "complete" }),
    tests: { newFailures: none, fixed: none, stillFailing: none, added: none, missing: none, slower: none },
    files: {
      added: { total: 0, files: [] },
      removed: { total: 0, files: [] },
      changed: { total: 0, files: [] },
      unchanged: 2,
      truncated: false,
    },
    jobs: [],
    ...change,
  };
}
