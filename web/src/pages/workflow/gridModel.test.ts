import { describe, expect, test } from "vitest";
import { aColumn, aGrid, aRow } from "../../test/historyBuilders";
import { cellSentence } from "./GridCanvas";
import {
  boundsOf,
  cellNamed,
  dayTicks,
  durationOf,
  failing,
  flipsOf,
  gridModel,
  letterAt,
  markAt,
  moved,
  nameOf,
  sharedBy,
  streakOf,
} from "./gridModel";
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

test("flips and streaks pass over what was skipped or absent", () => {
  expect(["PFPF", "P-FSF", "PLP", "", "FFF"].map(flipsOf)).toEqual([3, 1, 0, 0, 0]);
  expect(["PFF", "FF-S", "FFP", "FL", ""].map(streakOf)).toEqual([2, 2, 0, 0, 0]);
});

describe("order", () => {
  const names = (order: Parameters<typeof gridModel>[1], inGroups = false) => {
    const rows = [
      aRow({ id: 1, name: "b", suite: "x", cells: "FFP", p50DurationMs: 10 }),
      aRow({ id: 2, name: "a", suite: "y", cells: "PFP", p50DurationMs: 900 }),
      aRow({ id: 3, name: "c", suite: "x", cells: "PPP", p50DurationMs: null }),
    ];
    return gridModel(aGrid({ runs, tests: rows }), order, inGroups).rows;
  };

  test("rows stand by streak, flips, duration or name", () => {
    expect(names("streak").map((row) => row.test.id)).toEqual([1, 2, 3]);
    expect(names("flips").map((row) => row.test.id)).toEqual([2, 1, 3]);
    expect(names("slowest").map((row) => row.test.id)).toEqual([2, 1, 3]);
    expect(names("name").map((row) => row.test.id)).toEqual([1, 3, 2]);
  });

  test("groups keep a suite together and say where it begins", () => {
    expect(names("streak", true).map((row) => [row.test.id, row.startsGroup])).toEqual([
      [1, true],
      [3, false],
      [2, true],
    ]);
  });
});

test("slowness is told against the test's own median", () => {
  const letter = (ms: number) => String.fromCharCode(48 + Math.round(3 * Math.log2(ms + 1)));
  const durations = [letter(1_000), letter(1_000), letter(5_000)].join("");
  const [row] = gridModel(aGrid({ runs, tests: [aRow({ cells: "PPP", durations })] })).rows;
  expect(row?.slowness).toEqual([4, 0, 0]);
  expect(durationOf("-")).toBeNull();
  expect(durationOf(letter(1_000)) ?? 0).toBeGreaterThan(850);
});

describe("kinds of causes", () => {
  const kind = (rows: string[], change: { guarded?: boolean } = {}) => {
    const columns = Array.from({ length: 8 }, (_, at) => aColumn({ id: 8 - at, guarded: change.guarded ?? false }));
    const tests = rows.map((cells, at) => {
      const families = [...cells].flatMap((cell, column): [number, number][] =>
        cell === "F" || cell === "L" ? [[column, 5]] : [],
      );
      return aRow({ id: at, cells, families });
    });
    return gridModel(aGrid({ runs: columns, tests, families: [[5, "x"]] })).causes[0]?.kind;
  };

  test("it is new, ongoing, over, flaky or not the code's fault", () => {
    expect(kind(["FFPPPPPP", "FPPPPPPP"])).toBe("new");
    expect(kind(["FFFFFFFP"])).toBe("ongoing");
    expect(kind(["PFFPPPPP"])).toBe("over");
    expect(kind(["FPFPPFPP"])).toBe("flaky");
    expect(kind(["FFPPPPPP"], { guarded: true })).toBe("infra");
  });
});

test("a failure has a first bad run, a last good one and suspects on its own branch", () => {
  const columns = [
    aColumn({ id: 5, headSha: "e", commitAuthor: "Ada" }),
    aColumn({ id: 4, headSha: "d", commitAuthor: "Mona" }),
    aColumn({ id: 3, headSha: "x", branch: "topic" }),
    aColumn({ id: 2, headSha: "b" }),
    aColumn({ id: 1, headSha: "a" }),
  ];
  const of = (cells: string) =>
    boundsOf(gridModel(aGrid({ runs: columns, tests: [aRow({ cells })] })), { row: 0, column: 4 });
  const bounds = of("FFPSP");
  expect([bounds?.firstBad.id, bounds?.lastGood?.id, bounds?.suspects.map((run) => run.id), bounds?.authors]).toEqual([
    4,
    1,
    [2, 4],
    1,
  ]);
  expect(of("FFFFF")?.lastGood).toBeNull();
  expect(of("PFFFF")).toBeNull();
});

test("a rectangle tells what its failing cells share", () => {
  const {
    failing: count,
    tests,
    runs: across,
    shared,
  } = sharedBy(model, {
    from: { row: 1, column: 2 },
    to: { row: 0, column: 0 },
  });
  expect([count, tests, across]).toEqual([4, 2, 3]);
  expect(shared[0]).toEqual({ label: "Branch", value: "main", cells: 4 });
  expect(shared.find((one) => one.label === "Cause")).toEqual({ label: "Cause", value: "timeout", cells: 3 });
  expect(sharedBy(model, { from: { row: 3, column: 1 }, to: { row: 3, column: 2 } }).shared).toEqual([]);
});
