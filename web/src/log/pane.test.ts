import { describe, expect, it } from "vitest";
import { logActionOf } from "./keys";
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
  const press = (key: string, more = {}) => ({ key, ctrlKey: false, metaKey: false, altKey: false, ...more });

  it("are those of less and lnav", () => {
    expect(logActionOf(press("n"), false)).toBe("nextMatch");
    expect(logActionOf(press("E"), false)).toBe("previousError");
  });

  it("leave the shell its own, and the browser its combinations", () => {
    for (const key of ["g", "t", "r", "/", "?", "constructor"]) expect(logActionOf(press(key), false)).toBeNull();
    expect(logActionOf(press("w"), true)).toBeNull();
    expect(logActionOf(press("n", { ctrlKey: true }), false)).toBeNull();
  });
});
