import { describe, expect, it } from "vitest";
import { nextSort, parseSort, rowOrder } from "./order";

describe("the order of a table", () => {
  const rows = [["b", "10"], ["a", "9"], ["", ""], ["A", "-1.5"], ["c10"], ["c9", "x"]];

  it("puts numbers by value and words by letter, empty cells last", () => {
    expect(rowOrder(rows, 0, false).map((row) => rows[row]?.[0])).toEqual(["a", "A", "b", "c9", "c10", ""]);
    expect(rowOrder(rows.slice(0, 4), 1, false)).toEqual([3, 1, 0, 2]);
    expect(rowOrder(rows.slice(0, 4), 1, true)).toEqual([0, 1, 3, 2]);
  });

  it("survives columns that are not there", () => {
    expect(rowOrder(rows, 99, true)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(rowOrder([], 0, false)).toEqual([]);
  });

  it("goes up, down and back", () => {
    expect(nextSort(undefined, 2)).toBe("3");
    expect(nextSort("3", 2)).toBe("-3");
    expect(nextSort("-3", 2)).toBeUndefined();
    expect(nextSort("1", 2)).toBe("3");
  });

  it.each(["", "0", "-0", "x", "1.5", "99999999", undefined])("takes %j for none", (text) => {
    expect(parseSort(text)).toBeNull();
  });
});
