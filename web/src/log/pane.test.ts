import { describe, expect, it } from "vitest";
import { keyOf, LOG_KEYS } from "./actions";
import { nextIn } from "./pane";

describe("stepping through marked lines", () => {
  const lines = [3, 7, 12];

  it.each([
    [0, true, 3],
    [3, true, 7],
    [5, true, 7],
    [12, true, 3],
    [99, true, 3],
    [7, false, 3],
    [8, false, 7],
    [3, false, 12],
    [-1, true, 3],
  ])("from %i, forward %s, to %i", (from, forward, to) => {
    expect(nextIn(lines, from, forward)).toBe(to);
  });

  it("goes nowhere where there are none", () => {
    expect(nextIn([], 0, true)).toBeNull();
  });
});

describe("keys", () => {
  const shell = ["g", "t", "r", "/", "?", "."];

  it("mean one thing each and leave the shell its own", () => {
    const keys = LOG_KEYS.flatMap((entry) => entry.keys);
    expect(new Set(keys).size).toBe(keys.length);
    for (const key of shell) expect(keys).not.toContain(key);
  });

  it("are those of less and lnav", () => {
    expect(keyOf("nextMatch")).toBe("n");
    expect(keyOf("previousError")).toBe("E");
    expect(keyOf("previousWarning")).toBe("W");
  });
});
