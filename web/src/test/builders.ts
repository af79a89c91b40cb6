// Builders that show only what matters to a test.
import type { Artifact, File, Job, RecentRun, RunDetail, Step, SyncStatus, TestTotals, Workflow } from "../api/types";

const moment = "2026-05-04T10:00:00Z";

/** Counts of a run without reports. */
export function someTests(change: Partial<TestTotals> = {}): TestTotals {
  return {
    total: 0,
    passed: 0,
    failed: 0,
    skipped: 0,
    flaky: 0,
    state: "none",
    problem: null,
    coverage: null,
    ...change,
  };
}

/** A passed run. */
export function aRun(change: Partial<RunDetail> = {}): RunDetail {
  return {
    id: 1,
    repository: "acme/checkout",
    workflowId: 7,
    workflowName: "CI",
    runNumber: 41,
    attempt: 1,
    title: "Add order export",
    event: "push",
    status: "completed",
    conclusion: "success",
    branch: "main",
    headSha: "e07d41c0e07d41c0e07d41c0e07d41c0e07d41c0",
    commit: { sha: "e07d41c0", message: "Add order export", author: "Mona" },
    actor: "mona",
    pullRequests: [],
    fork: false,
    createdAt: moment,
    startedAt: moment,
    updatedAt: moment,
    queueMs: null,
    durationMs: 384_000,
    htmlUrl: "https://github.com/acme/checkout/actions/runs/1",
    deletedUpstream: false,
    processing: { state: "processed", error: null, attempts: 0, nextRetryAt: null },
    summary: { artifacts: 0, files: 0, images: 0, json: 0, text: 0, binary: 0, sizeBytes: 0, tests: someTests() },
    attempts: [],
    artifacts: [],
    ...change,
  };
}

/** A passed step. */
export function aStep(change: Partial<Step> = {}): Step {
  return {
    number: 1,
    name: "Run tests",
    status: "completed",
    conclusion: "success",
    startedAt: null,
    completedAt: null,
    ...change,
  };
}

/** A passed job with its log. */
export function aJob(change: Partial<Job> = {}): Job {
  return {
    id: 11,
    attempt: 1,
    name: "build",
    status: "completed",
    conclusion: "success",
    createdAt: moment,
    startedAt: moment,
    completedAt: moment,
    runnerName: null,
    labels: [],
    htmlUrl: "https://github.com/acme/checkout/actions/runs/1/job/11",
    steps: [],
    log: { state: "complete", sizeBytes: 12, reason: null },
    ...change,
  } as Job;
}

/** A mirrored artifact. */
export function anArtifact(change: Partial<Artifact> = {}): Artifact {
  return {
    id: 5,
    runId: 1,
    attempt: 1,
    name: "results",
    sizeBytes: 1000,
    digest: null,
    expired: false,
    createdAt: moment,
    expiresAt: null,
    fileCount: 1,
    state: "complete",
    reason: null,
    ...change,
  } as Artifact;
}

/** A text file. */
export function aFile(change: Partial<File> = {}): File {
  const id = change.id ?? "5.0";
  return {
    id,
    runId: 1,
    artifactId: 5,
    artifactName: "results",
    path: "a.txt",
    sizeBytes: 10,
    compressedBytes: 10,
    type: "text",
    mediaType: "text/plain",
    flags: [],
    url: `/api/files/${id}/content`,
    ...change,
  } as File;
}

/** One bar of a strip. */
export function aBar(change: Partial<RecentRun> = {}): RecentRun {
  return {
    id: 1,
    runNumber: 1,
    attempt: 1,
    status: "completed",
    conclusion: "success",
    createdAt: moment,
    durationMs: 1000,
    ...change,
  } as RecentRun;
}

/** An active workflow that passed. */
export function aWorkflow(change: Partial<Workflow> = {}): Workflow {
  return {
    id: 7,
    repository: "acme/checkout",
    name: "CI",
    path: ".github/workflows/ci.yml",
    state: "active",
    htmlUrl: "https://github.com/acme/checkout/blob/main/.github/workflows/ci.yml",
    badgeUrl: null,
    latestRun: aRun(),
    stats: {
      windowDays: 30,
      totalRuns: 2,
      succeeded: 1,
      failed: 1,
      successRate: 0.5,
      averageDurationMs: 1000,
      p50DurationMs: 1000,
      p95DurationMs: 1000,
    },
    recentRuns: [],
    summary: { tests: someTests(), testsRunId: null, failingSince: null },
    ...change,
  } as Workflow;
}

/** A collector at rest. */
export function aSync(change: Partial<SyncStatus> = {}): SyncStatus {
  return {
    state: "operational",
    startedAt: moment,
    lastSyncAt: moment,
    nextPollAt: null,
    lastError: null,
    pending: 0,
    progress: { phase: "idle", done: 0, total: 0 },
    rateLimit: { limit: 5000, remaining: 4812, resetAt: null, limitedUntil: null },
    failed: [],
    requests: [],
    ...change,
  } as SyncStatus;
}
