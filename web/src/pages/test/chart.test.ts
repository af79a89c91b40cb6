import { expect, test } from "vitest";
import { anEntry } from "../../test/historyBuilders";
import { chartOf, roundUp, stripOf } from "./chart";

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
