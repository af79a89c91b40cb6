import { expect, test } from "vitest";
import type { TrendChange, Trends } from "../../../api/types";
import { aRunRef } from "../../../test/historyBuilders";
import {
  barsAt,
  bucketBounds,
  bucketMoved,
  bucketName,
  bucketOf,
  changeWords,
  chartsOf,
  figuresAt,
  isEmpty,
  pathOf,
  roundUpDuration,
  trendSentence,
} from "./trendModel";

const day = 86_400_000;

function someTrends(change: Partial<Trends> = {}): Trends {
  return {
    windowDays: 3,
    bucketMs: day,
    t: ["2026-05-04T00:00:00Z", "2026-05-05T00:00:00Z", "2026-05-06T00:00:00Z"],
    series: {
      runs: [4, 0, 2],
      succeeded: [3, 0, 1],
      failed: [1, 0, 0],
      successRate: [0.75, null, 1],
      p50Ms: [60_000, null, 80_000],
      p95Ms: [90_000, null, 90_000],
      queueP50Ms: [null, null, null],
      tests: [10, 0, 5],
      failedTests: [1, 0, 0],
      flakyTests: [0, 0, 2],
      flakyRate: [0, null, 0.4],
      artifactBytes: [0, 0, 0],
    },
    changes: [],
    rateTrend: "worse",
    runsRead: 6,
    isComplete: true,
    ...change,
  };
}

function chart(id: string) {
  const found = chartsOf(someTrends()).find((one) => one.id === id);
  if (!found) throw new Error(id);
  return found;
}

test("a line is interrupted where figures are missing, and a figure alone is a dot", () => {
  expect(pathOf([1, 0.5, null, 0], 1)).toBe("M0.5 0L1.5 50M3.5 100h.001");
  expect(pathOf([null, null], 1)).toBe("");
  expect(pathOf([7], 0)).toBe("M0.5 100h.001");
});

test("bars stand on each other, and the smallest can be seen", () => {
  const bars = barsAt(chart("runs"), 0);
  expect(bars.map(({ line, height }) => [line.label, height])).toEqual([
    ["failed", 20],
    ["succeeded", 60],
  ]);
  expect(bars[1]?.y).toBe(20);
  expect(barsAt(chart("runs"), 1)).toEqual([]);
});

test("scales of durations end with what a clock shows", () => {
  expect([900, 61_000, 16 * 60_000].map(roundUpDuration)).toEqual([1_000, 120_000, 20 * 60_000]);
  expect(roundUpDuration(30 * 3_600_000)).toBe(32 * 3_600_000);
});

test("a chart without a figure is empty", () => {
  expect(isEmpty(chart("queue"))).toBe(true);
  expect(isEmpty(chart("artifacts"))).toBe(true);
  expect(isEmpty(chart("tests"))).toBe(false);
});

test("a bucket is told in words and leads to its runs", () => {
  const trends = someTrends();
  expect(bucketName(trends, 0)).toBe("May 4");
  expect(bucketName({ ...trends, bucketMs: 7 * day }, 0)).toBe("May 4 – May 10");
  expect(figuresAt(chart("duration"), 0)).toBe("p50 1m 00s, p95 1m 30s");
  expect(figuresAt(chart("duration"), 1)).toBe("no figure");
  expect(bucketBounds(trends, 1)).toEqual({ from: "2026-05-05T00:00:00Z", to: "2026-05-05T23:59:59Z" });
  expect(bucketOf(trends, "2026-05-06T10:00:00Z")).toBe(2);
  expect(bucketOf(trends, "2026-05-01T10:00:00Z")).toBe(-1);
});

test("keys move the crosshair and stop at the ends", () => {
  expect(bucketMoved(0, 3, "ArrowLeft")).toBe(0);
  expect(bucketMoved(0, 3, "ArrowRight")).toBe(1);
  expect(bucketMoved(0, 30, "PageUp")).toBe(7);
  expect(bucketMoved(1, 3, "End")).toBe(2);
  expect(bucketMoved(1, 3, "x")).toBeNull();
});

test("steps and the whole are told in sentences", () => {
  const change: TrendChange = { kind: "duration", before: 60_000, after: 90_000, run: aRunRef() };
  expect(changeWords(change)).toEqual({ title: "Runs take longer", figures: "1m 00s → 1m 30s (+50%)", isWorse: true });
  expect(changeWords({ ...change, kind: "successRate", before: 0.5, after: 0.9 })).toEqual({
    title: "More runs succeed",
    figures: "50% → 90%",
    isWorse: false,
  });
  expect(trendSentence(someTrends())).toBe("4 of 5 runs succeeded in 3 days (80%). It got worse in the last 7 days.");
  const none = someTrends();
  none.series = { ...none.series, succeeded: [0], failed: [0] };
  expect(trendSentence(none)).toBe("No run has succeeded or failed in the last 3 days.");
});
