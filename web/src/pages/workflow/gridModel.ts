// Tests × runs as the grid shows them: oldest run left, letters for causes that several cells share. Pure.
import type { Grid, GridRun, GridTest } from "../../api/types";

/** What a cell can be: passed, failed, flaky, skipped, or not in that run. */
export type CellLetter = "P" | "F" | "L" | "S" | "-";

/** A place in the grid. */
export interface Cell {
  row: number;
  column: number;
}

/** A cause that several cells share. */
export interface Cause {
  family: number;
  letter: string;
  title: string;
  cells: number;
  tests: number;
}

/** A row: its test, its cells oldest first, and the family of each failing column. */
export interface GridRow {
  test: GridTest;
  cells: string;
  families: Map<number, number>;
}

/** All that is drawn. */
export interface GridModel {
  runs: GridRun[];
  rows: GridRow[];
  causes: Cause[];
  letters: Map<number, string>;
  titles: Map<number, string>;
}

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

function rowOf(test: GridTest, columns: number): GridRow {
  return {
    test,
    cells: [...test.cells.padEnd(columns, "-").slice(0, columns)].reverse().join(""),
    families: new Map(test.families.map(([column, family]) => [columns - 1 - column, family])),
  };
}

function causesOf(rows: GridRow[], titles: Map<number, string>): Cause[] {
  const counts = new Map<number, { cells: number; tests: number }>();
  for (const row of rows) {
    const seen = new Set<number>();
    for (const family of row.families.values()) {
      const count = counts.get(family) ?? { cells: 0, tests: 0 };
      count.cells++;
      if (!seen.has(family)) count.tests++;
      seen.add(family);
      counts.set(family, count);
    }
  }
  return [...counts]
    .filter(([, count]) => count.cells > 1)
    .sort(([a, one], [b, other]) => other.cells - one.cells || a - b)
    .slice(0, alphabet.length)
    .map(([family, count], index) => ({
      family,
      letter: alphabet[index] ?? "?",
      title: titles.get(family) ?? "",
      ...count,
    }));
}

/** Reads the API's answer. The 26 most frequent causes get letters; one that happened once needs none. */
export function gridModel(grid: Grid): GridModel {
  const columns = grid.runs.length;
  const rows = grid.tests.map((test) => rowOf(test, columns));
  const titles = new Map(grid.families);
  const causes = causesOf(rows, titles);
  return {
    runs: [...grid.runs].reverse(),
    rows,
    causes,
    letters: new Map(causes.map((cause) => [cause.family, cause.letter])),
    titles,
  };
}

/** The outcome in a cell. */
export function letterAt(model: GridModel, cell: Cell): CellLetter {
  return (model.rows[cell.row]?.cells[cell.column] ?? "-") as CellLetter;
}

/** What is written into a cell, so that colour is not all that tells: a cause's letter, or a mark. */
export function markAt(model: GridModel, cell: Cell): string {
  const letter = letterAt(model, cell);
  const family = model.rows[cell.row]?.families.get(cell.column);
  const cause = family === undefined ? undefined : model.letters.get(family);
  if (letter === "F") return cause ?? "×";
  if (letter === "L") return cause?.toLowerCase() ?? "~";
  return "";
}

const words: Record<CellLetter, string> = {
  P: "passed",
  F: "failed",
  L: "flaky",
  S: "skipped",
  "-": "not in this run",
};

/** The outcome of a cell in a word. */
export function outcomeWord(letter: CellLetter): string {
  return words[letter] ?? "unknown";
}

/** Where a key leads; null for a key that means nothing here. */
export function moved(model: GridModel, from: Cell, key: string): Cell | null {
  const lastRow = model.rows.length - 1;
  const lastColumn = model.runs.length - 1;
  const to = (row: number, column: number): Cell => ({
    row: Math.min(lastRow, Math.max(0, row)),
    column: Math.min(lastColumn, Math.max(0, column)),
  });
  switch (key) {
    case "ArrowUp":
    case "k":
      return to(from.row - 1, from.column);
    case "ArrowDown":
    case "j":
      return to(from.row + 1, from.column);
    case "ArrowLeft":
    case "h":
      return to(from.row, from.column - 1);
    case "ArrowRight":
    case "l":
      return to(from.row, from.column + 1);
    case "Home":
      return to(from.row, 0);
    case "End":
      return to(from.row, lastColumn);
    case "PageUp":
      return to(from.row - 15, from.column);
    case "PageDown":
      return to(from.row + 15, from.column);
    case "n":
      return failing(model, from, 1);
    case "N":
      return failing(model, from, -1);
    default:
      return null;
  }
}

/** The next failed or flaky cell in reading order, around the end; the same cell where there is no other. */
export function failing(model: GridModel, from: Cell, by: 1 | -1): Cell {
  const columns = model.runs.length;
  const all = columns * model.rows.length;
  let place = from.row * columns + from.column;
  for (let step = 0; step < all; step++) {
    place = (place + by + all) % all;
    const cell = { row: Math.floor(place / columns), column: place % columns };
    const letter = letterAt(model, cell);
    if (letter === "F" || letter === "L") return cell;
  }
  return from;
}

/** A cell's name for an address: `{test}.{run}`. */
export function nameOf(model: GridModel, cell: Cell): string {
  return `${model.rows[cell.row]?.test.id}.${model.runs[cell.column]?.id}`;
}

/** The cell an address names as `{test}.{run}`; the first test's newest failure where it names none. */
export function cellNamed(model: GridModel, name: string | undefined): Cell {
  const [test, run] = (name ?? "").split(".").map(Number);
  const row = Math.max(
    0,
    model.rows.findIndex((one) => one.test.id === test),
  );
  const column = model.runs.findIndex((one) => one.id === run);
  if (column !== -1) return { row, column };
  const cells = model.rows[row]?.cells ?? "";
  const failing = Math.max(cells.lastIndexOf("F"), cells.lastIndexOf("L"));
  return { row, column: failing === -1 ? model.runs.length - 1 : failing };
}

/** Days above the columns: where each begins, and what it is called. */
export function dayTicks(runs: { createdAt: string }[], nameOf: (time: string) => string): [number, string][] {
  const ticks: [number, string][] = [];
  for (const [column, run] of runs.entries()) {
    const name = nameOf(run.createdAt);
    if (ticks.at(-1)?.[1] !== name) ticks.push([column, name]);
  }
  return ticks;
}
