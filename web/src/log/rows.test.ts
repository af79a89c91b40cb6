import { describe, expect, it } from "vitest";
import type { Group } from "./logText";
import { common, Rows, union } from "./rows";

function all(rows: Rows): number[] {
  return Array.from({ length: rows.count }, (_, row) => rows.lineAt(row));
}

/** What holds for any choice of lines. */
function agrees(rows: Rows, expected: number[], lineCount: number): void {
  expect(all(rows)).toEqual(expected);
  for (let line = 0; line < lineCount; line++) {
    expect(rows.isOnView(line)).toBe(expected.includes(line));
    const after = expected.findIndex((other) => other >= line);
    expect(rows.rowOf(line)).toBe(after < 0 ? expected.length - 1 : after);
  }
}

describe("lines on view", () => {
  it("leave out what is dropped, wherever it is", () => {
    for (const drop of [[], [0], [9], [0, 1, 2], [3, 5, 6], [0, 9], [1, 2, 4, 5, 8]]) {
      const kept = Array.from({ length: 10 }, (_, line) => line).filter((line) => !drop.includes(line));
      const rows = Rows.without(Uint32Array.from(drop), 10);
      agrees(rows, kept, 10);
      expect(rows.hidden).toBe(drop.length);
    }
  });

  it("leave out folded groups and ends of groups", () => {
    const group = (first: number, last: number, closed: boolean): Group => ({ first, last, closed, errors: 0 });
    const groups = [group(0, 2, true), group(4, 6, true), group(7, 9, false)];
    agrees(
      Rows.folded(10, groups, ({ first }) => first === 0),
      [0, 3, 4, 5, 7, 8, 9],
      10,
    );
    agrees(
      Rows.folded(10, groups, () => true),
      [0, 3, 4, 7],
      10,
    );
  });

  it("cost no list of lines", () => {
    const rows = Rows.folded(5_000_000, [{ first: 10, last: 4_999_000, closed: true, errors: 0 }], () => true);
    expect(rows.count).toBe(5_000_000 - 4_998_990);
    expect(rows.lineAt(11)).toBe(4_999_001);
  });
});

describe("lists of lines", () => {
  it("are joined and compared", () => {
    const [a, b] = [Uint32Array.of(1, 3, 5), Uint32Array.of(2, 3, 9)];
    expect([...union([a, b])]).toEqual([1, 2, 3, 5, 9]);
    expect([...common(a, b, true)]).toEqual([3]);
    expect([...common(a, b, false)]).toEqual([1, 5]);
  });
});
