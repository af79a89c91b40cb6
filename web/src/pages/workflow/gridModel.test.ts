import { describe, expect, test } from "vitest";
import { aColumn, aGrid, aRow } from "../../test/historyBuilders";
import { cellSentence } from "./GridCanvas";
import { cellNamed, dayTicks, failing, gridModel, letterAt, markAt, moved, nameOf } from "./gridModel";
import { shownRows } from "./useGridView";

const runs = [3, 2, 1].map((id) => aColumn({ id, runNumber: 40 + id }));
const grid = aGrid({
  runs,
  tests: [
    aRow({
      id: 1,
      name: "first",
      cells: "FFP",
      families: [
        [0, 5],
        [1, 5],
      ],
    }),
    aRow({
      id: 2,
      name: "second",
      cells: "FLS",
      families: [
        [0, 5],
        [1, 9],
      ],
    }),
    aRow({ id: 3, name: "third", cells: "P-F", families: [[2, 9]] }),
    aRow({ id: 4, name: "fourth", cells: "PPF", families: [[2, 7]] }),
  ],
  families: [
    [5, "timeout"],
    [7, "once"],
    [9, "refused"],
  ],
});
const model = gridModel(grid);

test("the newest run is at the right", () => {
  expect(model.runs.map((run) => run.id)).toEqual([1, 2, 3]);
  expect(model.rows.map((row) => row.cells)).toEqual(["PFF", "SLF", "F-P", "FPP"]);
  expect(letterAt(model, { row: 2, column: 1 })).toBe("-");
});

test("causes that share cells have letters, most frequent first; one that happened once has none", () => {
  expect(model.causes.map(({ letter, title, cells, tests }) => [letter, title, cells, tests])).toEqual([
    ["A", "timeout", 3, 2],
    ["B", "refused", 2, 2],
  ]);
});

test("every failing cell has a mark besides its colour", () => {
  const marks = model.rows.map((_, row) => model.runs.map((_, column) => markAt(model, { row, column })).join("|"));
  expect(marks).toEqual(["|A|A", "|b|A", "B||", "×||"]);
});

test("a row shorter than the columns is filled, a longer one cut", () => {
  const odd = gridModel(aGrid({ runs, tests: [aRow({ cells: "F" }), aRow({ id: 2, cells: "PPPPPP" })] }));
  expect(odd.rows.map((row) => row.cells)).toEqual(["--F", "PPP"]);
});

describe("keys", () => {
  test("arrows and letters move by a cell and stop at the edges", () => {
    expect(moved(model, { row: 0, column: 0 }, "ArrowRight")).toEqual({ row: 0, column: 1 });
    expect(moved(model, { row: 0, column: 0 }, "h")).toEqual({ row: 0, column: 0 });
    expect(moved(model, { row: 3, column: 2 }, "PageDown")).toEqual({ row: 3, column: 2 });
    expect(moved(model, { row: 1, column: 1 }, "End")).toEqual({ row: 1, column: 2 });
    expect(moved(model, { row: 1, column: 1 }, "q")).toBeNull();
  });

  test("n finds the next failing cell and goes around", () => {
    expect(moved(model, { row: 0, column: 2 }, "n")).toEqual({ row: 1, column: 1 });
    expect(failing(model, { row: 3, column: 0 }, 1)).toEqual({ row: 0, column: 1 });
    expect(failing(model, { row: 0, column: 1 }, -1)).toEqual({ row: 3, column: 0 });
    const green = gridModel(aGrid({ tests: [aRow({ cells: "PP" })] }));
    expect(failing(green, { row: 0, column: 1 }, 1)).toEqual({ row: 0, column: 1 });
  });
});

test("an address names a cell by test and run, and falls back to the first test's newest failure", () => {
  expect(cellNamed(model, "2.1")).toEqual({ row: 1, column: 0 });
  expect(nameOf(model, { row: 1, column: 0 })).toBe("2.1");
  expect(cellNamed(model, "99.99")).toEqual({ row: 0, column: 2 });
  expect(cellNamed(model, undefined)).toEqual({ row: 0, column: 2 });
  expect(cellNamed(model, "3.99")).toEqual({ row: 2, column: 0 });
  expect(cellNamed(gridModel(aGrid({ tests: [aRow({ cells: "PP" })] })), undefined)).toEqual({ row: 0, column: 1 });
});

test("a cell is told in words", () => {
  expect(cellSentence(model, { row: 0, column: 2 })).toBe("cart › first, run 43, failed, timeout");
});

test("days are named where they begin", () => {
  const days = ["a", "a", "b", "c", "c"].map((createdAt) => ({ createdAt }));
  expect(dayTicks(days, (time) => time)).toEqual([
    [0, "a"],
    [2, "b"],
    [3, "c"],
  ]);
});

test("the row the keyboard is on stays in the page when it is scrolled away", () => {
  const view = { nameWidth: 0, width: 0, height: 0, firstRow: 2, lastRow: 4 };
  expect(shownRows(view, 3, 100)).toEqual([2, 3, 4]);
  expect(shownRows(view, 50, 100)).toEqual([2, 3, 4, 50]);
  expect(shownRows(view, 0, 4)).toEqual([2, 3, 0]);
});
