import { describe, expect, test } from "vitest";
import type { Overview, OverviewMetric, OverviewWorkflow } from "../../api/types";
import { anOverview, aSync, aWorkflowHead } from "../../test/overviewBuilders";
import { merge } from "../../ui/steady";
import { roomOf, stalenessOf, turnOf } from "./kioskModel";
import {
  barsOf,
  changeSentence,
  comparisonOf,
  figureOf,
  groupsOf,
  progressOf,
  shortCount,
  stripSentence,
  verdictOf,
} from "./model";
import { pointsOf } from "./Sparkline";

const metric = (change: Partial<OverviewMetric>): OverviewMetric =>
  ({
    key: "successRate",
    value: 0.918,
    previous: 0.939,
    delta: -0.021,
    detail: 812,
    spark: [],
    ...change,
  }) as OverviewMetric;

const failing = (id: number, name: string): OverviewWorkflow => aWorkflowHead({ id, name, standing: "failing" });

describe("the verdict", () => {
  const verdict = (workflows: OverviewWorkflow[], change: Partial<Overview> = {}) =>
    verdictOf(anOverview({ workflows, ...change }));

  test.each([
    [verdict([aWorkflowHead()]), "The one workflow passes on the default branch."],
    [verdict([aWorkflowHead(), aWorkflowHead({ id: 2 })], { branch: "*" }), "All 2 workflows pass."],
    [verdict([failing(1, "CI"), aWorkflowHead({ id: 2 })]), "1 of 2 workflows fails on the default branch: CI."],
    [
      verdict([failing(1, "A"), failing(2, "B"), failing(3, "C")], { branch: "release" }),
      "3 of 3 workflows fail on release: A, B and 1 more.",
    ],
    [verdict([aWorkflowHead({ standing: "disabled" })]), "No workflow has passed or failed on the default branch yet."],
  ])("%s", (said, expected) => expect(said).toBe(expected));

  test("counts flaky tests where all is well, and news where it is not", () => {
    const metrics = [metric({ key: "flakyTests", value: 1 })];
    expect(verdict([aWorkflowHead()], { metrics })).toBe(
      "The one workflow passes on the default branch; 1 test is flaky.",
    );
    const newFailures = [{ testId: 1 }, { testId: 2 }] as Overview["newFailures"];
    expect(verdict([failing(1, "CI")], { newFailures })).toContain("2 test failures are new.");
  });
});

describe("figures", () => {
  test("a lower success rate is worse, a shorter way to green is better", () => {
    expect(figureOf(metric({}), 14).change).toEqual({ text: "2.1 pt", arrow: "down", trend: "worse" });
    const green = figureOf(metric({ key: "timeToGreen", value: 848_000, delta: -52_000, detail: 1_360_000 }), 14);
    expect(green.value).toBe("14m 08s");
    expect(green.note).toBe("p95 22m 40s");
    expect(green.change).toEqual({ text: "52s", arrow: "down", trend: "better" });
  });

  test("what is not known is a dash and says why", () => {
    expect(figureOf(metric({ value: null, delta: null, detail: 0 }), 14)).toMatchObject({
      value: "–",
      note: "of 0 runs",
    });
    const green = figureOf(metric({ key: "timeToGreen", value: null, delta: null, detail: null }), 1);
    expect(green).toMatchObject({ value: "–", note: "no commit became green" });
  });

  test("failing workflows are red only where there are some", () => {
    const of = (value: number, newToday: number) =>
      figureOf(metric({ key: "failingWorkflows", value, previous: 2, delta: value - 2, detail: 10 }), 14, newToday);
    expect(of(3, 1)).toMatchObject({ value: "3", suffix: "of 10", note: "1 new today", tone: "fail" });
    expect(of(0, 0)).toMatchObject({ tone: "pass", note: "2 failing 14d ago" });
    expect(of(2, 0).note).toBe("none new today");
  });

  test.each([
    [44_910, "44,910"],
    [123_456, "123 k"],
    [1_840_000, "1.84 M"],
    [999_600, "1.00 M"],
  ])("%i is %s", (count, expected) => expect(shortCount(count)).toBe(expected));
});

test("groups keep the server's order, pinned workflows first, and follow the filter", () => {
  const workflows = [
    failing(1, "E2E"),
    failing(2, "CI"),
    aWorkflowHead({ id: 3, name: "Lint" }),
    aWorkflowHead({ id: 4, standing: "disabled" }),
  ];
  const ids = (filter: string, pins: number[]) => {
    const groups = groupsOf(workflows, filter, new Set(pins));
    return [groups.failing, groups.healthy, groups.disabled].map((group) => group.map(({ id }) => id));
  };
  expect(ids("", [])).toEqual([[1, 2], [3], [4]]);
  expect(ids("", [2])).toEqual([[2, 1], [3], [4]]);
  expect(ids("lint ACME", [])).toEqual([[], [3], []]);
  expect(ids("nothing", [])).toEqual([[], [], []]);
});

describe("strips", () => {
  const strip = { ids: [5, 9], numbers: [1, 2], outcomes: "PF", durationsMs: [100_000, null] };

  test("bars have a height also where no duration is known", () => {
    const [first, second] = barsOf(strip);
    expect(first).toMatchObject({ id: 5, number: 1, letter: "P", height: 1 });
    expect(second?.height).toBeGreaterThan(0.2);
    expect(barsOf({ ids: [], numbers: [], outcomes: "", durationsMs: [] })).toEqual([]);
  });

  test("the sentence counts failures", () => {
    expect(stripSentence("PPFL")).toBe("Last 4 runs, oldest first: 1 failed, 1 flaky");
    expect(stripSentence("P")).toBe("Last 1 run, oldest first: none failed");
    expect(stripSentence("")).toBe("No runs yet");
  });

  test("the later run is compared with the earlier one, whichever was chosen first", () => {
    const [one, two] = barsOf(strip);
    if (!one || !two) throw new Error("two bars");
    expect(comparisonOf(one, two)).toEqual({ run: 9, with: 5 });
    expect(comparisonOf(two, one)).toEqual({ run: 9, with: 5 });
  });
});

test("progress needs a start and a median", () => {
  const now = new Date("2026-05-04T10:01:00Z").getTime();
  const running = { runId: 1, startedAt: "2026-05-04T10:00:00Z", jobsDone: 0, jobs: 2 };
  expect(progressOf(aWorkflowHead({ running, p50DurationMs: 120_000 }), now)).toBe(0.5);
  expect(progressOf(aWorkflowHead({ running, p50DurationMs: null }), now)).toBeNull();
  expect(progressOf(aWorkflowHead(), now)).toBeNull();
});

test.each([
  [{ status: "in_progress", conclusion: null, jobs: 5, jobsDone: 2 }, "running, 2 of 5 jobs done"],
  [{ status: "queued", conclusion: null, jobs: 0 }, "waiting"],
  [{ conclusion: "success", durationMs: 131_000 }, "passed in 2m 11s"],
  [{ conclusion: "failure", failedTests: 7 }, "failed, 7 tests"],
  [{ conclusion: "failure", failedTests: null, durationMs: null }, "failed"],
  [{ conclusion: "timed_out" }, "timed out"],
])("a change in words: %o", (change, expected) => {
  const run = { status: "completed", jobs: 0, jobsDone: 0, durationMs: 1000, failedTests: null, ...change };
  expect(changeSentence(run as Overview["recent"][number])).toBe(expected);
});

test("a list that is held renews its rows in place and counts what waits", () => {
  const row = (id: number, word = "old") => ({ id, word });
  const { shown, waiting } = merge(
    [row(2), row(1), row(7)],
    [row(3, "new"), row(1, "new"), row(2, "new")],
    ({ id }) => id,
  );
  expect(shown).toEqual([row(2, "new"), row(1, "new"), row(7)]);
  expect(waiting).toBe(1);
});

test("a curve bridges days without a figure", () => {
  expect(pointsOf([null, null])).toEqual([]);
  const points = pointsOf([1, null, 3]);
  expect(points).toHaveLength(2);
  expect(points[0]?.y).toBeGreaterThan(points[1]?.y ?? 0);
});

describe("the wall", () => {
  const card = { width: 100, height: 50, gap: 10 };

  test("as many cards as fit, and never none", () => {
    expect(roomOf(320, 170, card)).toEqual({ columns: 3, rows: 3 });
    expect(roomOf(319, 169, card)).toEqual({ columns: 2, rows: 2 });
    expect(roomOf(10, 0, card)).toEqual({ columns: 1, rows: 1 });
  });

  const many = [failing(1, "a"), failing(2, "b"), ...[3, 4, 5, 6, 7].map((id) => aWorkflowHead({ id }))];
  const turn = (room: number, at: number) => {
    const { shown, page, pages } = turnOf(many, room, at);
    return [shown.map(({ id }) => id), page, pages];
  };

  test("failing ones stay, the others take turns, and all come up", () => {
    expect(turn(7, 5)).toEqual([[1, 2, 3, 4, 5, 6, 7], 1, 1]);
    expect(turn(4, 0)).toEqual([[1, 2, 3, 4], 1, 3]);
    expect(turn(4, 1)).toEqual([[1, 2, 5, 6], 2, 3]);
    expect(turn(4, 2)).toEqual([[1, 2, 7], 3, 3]);
    expect(turn(4, 3)).toEqual([[1, 2, 3, 4], 1, 3]);
  });

  test("where not even the failing ones fit, they take turns too", () => {
    expect(turn(1, 0)).toEqual([[1], 1, 7]);
    expect(turn(2, 0)).toEqual([[1, 2], 1, 6]);
    expect(turn(2, 1)).toEqual([[1, 3], 2, 6]);
  });

  test("old data is told", () => {
    const now = new Date("2026-05-04T10:00:00Z").getTime();
    const sync = aSync({ lastSyncAt: "2026-05-04T09:59:00Z", nextPollAt: "2026-05-04T10:04:00Z" });
    expect(stalenessOf(sync, "live", false, now)).toBeNull();
    expect(stalenessOf(undefined, "live", false, now)).toBeNull();
    expect(stalenessOf(sync, "offline", false, now)).toMatch(/cannot be reached/);
    expect(stalenessOf(sync, "live", true, now)).toMatch(/could not be renewed/);
    expect(stalenessOf({ ...sync, lastError: "x" }, "live", false, now)).toMatch(/check of GitHub failed/);
    expect(stalenessOf({ ...sync, nextPollAt: "2026-05-04T09:50:00Z" }, "live", false, now)).toMatch(
      /not been checked/,
    );
    expect(stalenessOf({ ...sync, nextPollAt: null, lastSyncAt: "2026-05-04T08:00:00Z" }, "live", false, now)).toMatch(
      /not been checked/,
    );
  });
});
