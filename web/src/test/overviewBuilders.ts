// Builders of the overview that show only what matters to a test.
import type { Overview, OverviewWorkflow } from "../api/types";

export { aSync } from "./builders";

/** A workflow that passes. */
export function aWorkflowHead(change: Partial<OverviewWorkflow> = {}): OverviewWorkflow {
  return {
    id: 1,
    repository: "acme/checkout",
    name: "CI",
    path: ".github/workflows/ci.yml",
    state: "active",
    standing: "passing",
    branch: "main",
    latest: null,
    strip: { ids: [], numbers: [], outcomes: "", durationsMs: [] },
    succeeded: 0,
    failed: 0,
    successRate: null,
    successDelta: null,
    p50DurationMs: null,
    p95DurationMs: null,
    failingSince: null,
    lastGreen: null,
    failedTests: 0,
    topFailures: [],
    otherFailures: [],
    running: null,
    ...change,
  };
}

/** An overview without anything in it. */
export function anOverview(change: Partial<Overview> = {}): Overview {
  return {
    generatedAt: "2026-05-04T10:00:00Z",
    branch: null,
    windowDays: 14,
    branches: ["main"],
    metrics: [],
    workflows: [],
    newFailures: [],
    flakiest: [],
    recent: [],
    ...change,
  };
}
