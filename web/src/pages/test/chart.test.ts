import { expect, test } from "vitest";
import { aFamily, anEntry, aRunRef } from "../../test/historyBuilders";
import { causesInOrder } from "./causes";
import { chartOf, rolling, roundUp, stripOf, stripsByBranch } from "./chart";

test("points stand in the order of time below a round top", () => {
  const chart = chartOf([
    anEntry({ resultId: "3.0", durationMs: 1_800 }),
    anEntry({ resultId: "2.0", durationMs: null, status: "skipped" }),
    anEntry({ resultId: "1.0", durationMs: 500, status: "failed" }),
  ]);
  expect(chart.topMs).toBe(2_000);
  expect(chart.points.map(({ entry, x, y }) => [entry.resultId, x, y])).toEqual([
    ["1.0", 0, 0.25],
    ["2.0", 0.5, null],
    ["3.0", 1, 0.9],
  ]);
});

test("a single result stands in the middle", () => expect(chartOf([anEntry()]).points[0]?.x).toBe(0.5));

test.each([
  [0, 1],
  [1, 1],
  [3, 5],
  [10, 10],
  [1_201, 2_000],
  [50_001, 100_000],
])("%d is below %d", (value, top) => expect(roundUp(value)).toBe(top));

test("the strip has one letter for each result, oldest first", () => {
  expect(stripOf([anEntry({ status: "failed" }), anEntry({ status: "flaky" }), anEntry()])).toBe("PLF");
});

test("the line follows the median of neighbours, and few points have none", () => {
  const entries = Array.from({ length: 9 }, (_, at) =>
    anEntry({ resultId: `${at}.0`, durationMs: at === 4 ? 9_000 : 1_000 }),
  );
  expect(new Set(rolling(chartOf(entries).points).map(({ y }) => y))).toEqual(new Set([0.1]));
  expect(rolling(chartOf(entries.slice(0, 8)).points)).toEqual([]);
});

test("branches have strips of their own, most results first", () => {
  const on = (branch: string, status: "passed" | "failed") => anEntry({ run: aRunRef({ branch }), status });
  expect(stripsByBranch([on("topic", "failed"), on("main", "passed"), on("main", "failed")], 1)).toEqual([
    { branch: "main", strip: "FP", results: 2 },
  ]);
});

test("causes stand by their failures, near-equal ones together", () => {
  const cause = (familyId: number, failures: number, similar: number[] = []) => ({
    familyId,
    failures,
    similar,
    firstAt: "2026-05-04T10:00:00Z",
    lastAt: "2026-05-04T10:00:00Z",
  });
  const families = [1, 2, 3].map((id) => aFamily({ id }));
  const shown = causesInOrder({ families, causes: [cause(1, 2), cause(2, 9, [3]), cause(3, 1, [2]), cause(7, 4)] });
  expect(shown.map(({ family, nearTo }) => [family.id, nearTo?.id ?? null])).toEqual([
    [2, null],
    [3, 2],
    [1, null],
  ]);
});
