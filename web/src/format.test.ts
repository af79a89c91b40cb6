import { describe, expect, test } from "vitest";
import { formatBytes, formatDuration, formatRate, formatRelative, plural } from "./format";

describe("sizes", () => {
  test.each([
    [0, "0 B"],
    [999, "999 B"],
    [1000, "1 KB"],
    [1540, "1.5 KB"],
    [99_940, "99.9 KB"],
    [99_960, "100 KB"],
    [999_499, "999 KB"],
    [999_600, "1 MB"],
    [2_147_483_648, "2.1 GB"],
    [5e15, "5000 TB"],
  ])("%i bytes read %s", (bytes, text) => expect(formatBytes(bytes)).toBe(text));
});

describe("durations", () => {
  test.each([
    [0, "0s"],
    [5, "5ms"],
    [999.4, "999ms"],
    [999.6, "1s"],
    [1_420, "1.4s"],
    [9_949, "9.9s"],
    [9_960, "10s"],
    [59_499, "59s"],
    [59_600, "1m 00s"],
    [852_000, "14m 12s"],
    [3_599_600, "1h 00m"],
    [11_100_000, "3h 05m"],
    [86_400_000 * 2 + 3_600_000 * 4, "2d 4h"],
    [-5, "0s"],
  ])("%i ms reads %s", (ms, text) => expect(formatDuration(ms)).toBe(text));
});

describe("ages", () => {
  const now = Date.parse("2026-05-04T10:00:00Z");
  test.each([
    [0, "just now"],
    [-4_000, "just now"],
    [-12_000, "12s ago"],
    [-26 * 60_000, "26m ago"],
    [-90 * 60_000, "1h ago"],
    [-59 * 86_400_000, "59d ago"],
    [-61 * 86_400_000, "2mo ago"],
    [-800 * 86_400_000, "2y ago"],
    [4 * 60_000, "in 4m"],
  ])("%i ms away reads %s", (distance, text) => expect(formatRelative(now + distance, now)).toBe(text));

  test("a time that cannot be read is called unknown", () => expect(formatRelative("soon", now)).toBe("unknown"));
});

test("one failure among thousands is not rounded away", () => {
  expect(formatRate(0.9999)).toBe("99.9%");
  expect(formatRate(1)).toBe("100%");
  expect(formatRate(0.918)).toBe("91.8%");
});

test("a count takes its noun along", () => {
  expect(plural(1, "file")).toBe("1 file");
  expect(plural(1200, "file")).toBe("1,200 files");
});
