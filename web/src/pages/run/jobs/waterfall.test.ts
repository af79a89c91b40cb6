import { expect, test } from "vitest";
import type { Job } from "../../../api/types";
import { aJob, aStep } from "../../../test/builders";
import { groupName, groupRows, tickLabel, ticksOf, waterfallOf, worstOf } from "./waterfall";

const at = (seconds: number) => new Date(Date.UTC(2026, 4, 4, 10) + seconds * 1000).toISOString();
let id = 100;
const ran = (name: string, from: number, to: number, change: Partial<Job> = {}): Job =>
  aJob({ id: id++, name, createdAt: at(from), startedAt: at(from), completedAt: at(to), steps: [], ...change });
const path = (jobs: Job[]) => waterfallOf(jobs, null, 0).path?.jobs.map((job) => job.name);

test("the critical path is the chain that ran longest, not the one with most jobs", () => {
  const jobs = [
    ran("build", 0, 100),
    ran("lint", 0, 10),
    ran("e2e 1", 110, 200),
    ran("e2e 2", 110, 400),
    ran("merge", 400, 420),
  ];
  expect(path(jobs)).toEqual(["build", "e2e 2", "merge"]);
  expect(waterfallOf(jobs, null, 0).path?.totalMs).toBe(420_000);
});

test("a job that began before another one ended does not follow it", () => {
  expect(path([ran("a", 0, 100), ran("b", 50, 160)])).toEqual(["b"]);
  // A second of difference is GitHub's rounding.
  expect(path([ran("a", 0, 100), ran("b", 99, 160)])).toEqual(["a", "b"]);
});

test("waiting for a runner counts to the length of the path, and has a bar of its own", () => {
  const fall = waterfallOf([ran("a", 30, 100, { createdAt: at(0) })], null, 0);
  expect(fall.rows[0]?.queue).toEqual({ startMs: 0, endMs: 30_000 });
  expect(fall.path?.totalMs).toBe(100_000);
});

test("no job that ran, no path", () => {
  expect(path([])).toBeUndefined();
  expect(
    path([ran("a", 0, 0, { status: "queued", conclusion: null, startedAt: null, completedAt: null })]),
  ).toBeUndefined();
});

test("a running job goes on until now, and a waiting one waits until now", () => {
  const now = Date.parse(at(60));
  const { rows } = waterfallOf(
    [
      ran("runs", 0, 0, { status: "in_progress", conclusion: null, completedAt: null }),
      ran("waits", 0, 0, { status: "queued", conclusion: null, startedAt: null, completedAt: null }),
    ],
    null,
    now,
  );
  expect(rows.find((row) => row.job.name === "runs")?.bar).toEqual({ startMs: 0, endMs: 60_000 });
  expect(rows.find((row) => row.job.name === "waits")).toMatchObject({
    bar: null,
    queue: { startMs: 0, endMs: 60_000 },
  });
});

test("a job kept from an earlier attempt has no bar and does not stretch the axis", () => {
  const fall = waterfallOf([ran("old", 0, 50), ran("again", 9_000, 9_100, { createdAt: at(0) })], at(8_990), 0);
  expect(fall.rows.map((row) => [row.job.name, row.isKept, row.bar !== null])).toEqual([
    ["old", true, false],
    ["again", false, true],
  ]);
  expect(fall.lengthMs).toBe(110_000);
});

test("steps are parts of the bar and never leave it; skipped ones are left out", () => {
  const steps = [
    aStep({ number: 1, startedAt: at(0), completedAt: at(10) }),
    aStep({ number: 2, startedAt: at(10), completedAt: at(70), conclusion: "failure" }),
    aStep({ number: 3, startedAt: at(70), completedAt: at(70), conclusion: "skipped" }),
  ];
  const [row] = waterfallOf([ran("a", 0, 60, { steps })], null, 0).rows;
  expect(row?.steps.map((one) => [one.step.number, one.startMs, one.endMs, one.outcome])).toEqual([
    [1, 0, 10_000, "pass"],
    [2, 10_000, 60_000, "fail"],
  ]);
});

test("jobs of a matrix stand together, the others alone", () => {
  expect(["e2e (chromium, 1/8)", "e2e chromium 3/8", "build", "call / test (x)"].map(groupName)).toEqual([
    "e2e",
    "e2e chromium",
    "build",
    "call / test",
  ]);
  const jobs = [
    ran("build", 0, 1),
    ran("e2e (a)", 1, 2),
    ran("lint (x)", 1, 3),
    ran("e2e (b)", 1, 2),
    ran("e2e (c)", 1, 2),
  ];
  const groups = groupRows(waterfallOf(jobs, null, 0).rows);
  expect(groups.map((group) => [group.name, group.rows.length])).toEqual([
    ["build", 1],
    ["e2e", 3],
    ["lint (x)", 1],
  ]);
});

test("a group is as bad as its worst job", () => {
  const { rows } = waterfallOf([ran("e (a)", 0, 1), ran("e (b)", 0, 1, { conclusion: "failure" })], null, 0);
  expect(worstOf(rows)?.outcome).toBe("fail");
  expect(worstOf([])).toBeUndefined();
});

test("the axis has few and round marks", () => {
  expect(ticksOf(842_000).map(tickLabel)).toEqual(["0", "3m", "6m", "9m", "12m"]);
  expect(ticksOf(1_500).map(tickLabel)).toEqual(["0", "1s"]);
  expect(ticksOf(5_400_000).map(tickLabel)).toEqual(["0", "30m", "1h", "1h 30m"]);
  expect(ticksOf(40 * 86_400_000).length).toBeLessThan(9);
});
