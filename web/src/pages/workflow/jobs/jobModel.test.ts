import { expect, test } from "vitest";
import type { JobStats } from "../../../api/types";
import { jobsSentence, sortJobs } from "./jobModel";

function aJob(change: Partial<JobStats>): JobStats {
  return {
    name: "unit",
    runs: 10,
    succeeded: 10,
    failed: 0,
    successRate: 1,
    p50Ms: 60_000,
    p95Ms: 90_000,
    queueP50Ms: 1_000,
    queueP95Ms: 2_000,
    criticalShare: 0,
    strip: "PP",
    lastFailure: null,
    slowestSteps: [],
    failingSteps: [],
    ...change,
  };
}

const jobs = [
  aJob({ name: "lint", p50Ms: null, queueP95Ms: null }),
  aJob({ name: "e2e", failed: 3, criticalShare: 0.9, p50Ms: 600_000, queueP95Ms: 9_000 }),
  aJob({ name: "slow", p50Ms: 900_000, criticalShare: 0.1 }),
];

test("jobs stand in the order asked for, those without a figure last", () => {
  expect(sortJobs(jobs, "failures")[0]?.name).toBe("e2e");
  expect(sortJobs(jobs, "slowest").map((job) => job.name)).toEqual(["slow", "e2e", "lint"]);
  expect(sortJobs(jobs, "queue").map((job) => job.name)).toEqual(["e2e", "slow", "lint"]);
  expect(sortJobs(jobs, "critical").map((job) => job.name)).toEqual(["e2e", "slow", "lint"]);
});

test("the sentence names what failed and what runs wait for", () => {
  const told = { windowDays: 30, runsRead: 10, isComplete: true };
  expect(jobsSentence({ ...told, jobs })).toBe(
    "1 of 3 jobs failed at least once in 10 runs. Runs wait most for e2e: 10m 00s on the way to the end of 90% of them.",
  );
  expect(jobsSentence({ ...told, jobs: [aJob({})] })).toBe("None of 1 job failed in 10 runs.");
  expect(jobsSentence({ ...told, jobs: [] })).toBe("");
});
