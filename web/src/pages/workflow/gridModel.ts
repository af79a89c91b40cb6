// Tests × runs as the grid shows them: oldest run left, letters for causes that several cells share. Pure.
import type { Grid, GridRun, GridTest } from "../../api/types";
import type { gridOrders } from "../../search";

/** What a cell can be: passed, failed, flaky, skipped, or not in that run. */
export type CellLetter = "P" | "F" | "L" | "S" | "-";

/** A place in the grid. */
export interface Cell {
  row: number;
  column: number;
}

/** What a cause is, judged by the cells in view: see {@link kindOf}. */
export type CauseKind = "new" | "ongoing" | "over" | "infra" | "flaky";

/** A cause that several cells share. */
export interface Cause {
  family: number;
  letter: string;
  title: string;
  cells: number;
  tests: number;
  kind: CauseKind;
}

/** A row: its test, its cells oldest first, the family of each failing column, and what follows from them. */
export interface GridRow {
  test: GridTest;
  cells: string;
  families: Map<number, number>;
  /** How often it turned from passed to failed or back. */
  flips: number;
  /** Failures at the newest end, with nothing passed between. */
  streak: number;
  /** How slow each cell was: 0 (as usual) to 4 (three times as slow), -1 where it is not known. */
  slowness: number[] | null;
  /** The first row of its suite, where rows are grouped. */
  startsGroup: boolean;
}

/** All that is drawn. */
export interface GridModel {
  runs: GridRun[];
  rows: GridRow[];
  causes: Cause[];
  letters: Map<number, string>;
  titles: Map<number, string>;
  /** Failing cells whose cause is in no other cell, or has no letter, and their tests. */
  singles: { cells: number; tests: number };
}

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
/** So many of the newest columns are news. */
const newColumns = 5;

function rowOf(test: GridTest, columns: number): GridRow {
  const cells = [...test.cells.padEnd(columns, "-").slice(0, columns)].reverse().join("");
  return {
    test,
    cells,
    families: new Map(test.families.map(([column, family]) => [columns - 1 - column, family])),
    flips: flipsOf(cells),
    streak: streakOf(cells),
    slowness: test.durations === null ? null : slownessOf(test.durations, columns),
    startsGroup: false,
  };
}

/** How often a row turns from passed to failed or back; what was skipped or absent says nothing. */
export function flipsOf(cells: string): number {
  let flips = 0;
  let last = "";
  for (const cell of cells) {
    const now = cell === "F" ? "F" : cell === "P" || cell === "L" ? "P" : "";
    if (now && last && now !== last) flips++;
    if (now) last = now;
  }
  return flips;
}

/** Failures at the newest end of a row. */
export function streakOf(cells: string): number {
  let streak = 0;
  for (let at = cells.length - 1; at >= 0; at--) {
    const cell = cells[at];
    if (cell === "P" || cell === "L") break;
    if (cell === "F") streak++;
  }
  return streak;
}

/** A duration from its character: see the API. */
export function durationOf(letter: string): number | null {
  if (letter === "-") return null;
  return 2 ** ((letter.charCodeAt(0) - 48) / 3) - 1;
}

function slownessOf(durations: string, columns: number): number[] {
  const oldestFirst = [...durations.padEnd(columns, "-").slice(0, columns)].reverse().map(durationOf);
  const known = oldestFirst.filter((ms): ms is number => ms !== null).sort((a, b) => a - b);
  const median = known[Math.floor((known.length - 1) / 2)] ?? 0;
  return oldestFirst.map((ms) => {
    if (ms === null) return -1;
    const ratio = ms / Math.max(1, median);
    return ratio < 1.2 ? 0 : ratio < 1.5 ? 1 : ratio < 2 ? 2 : ratio < 3 ? 3 : 4;
  });
}

/** What the cells of a cause say: all at once and everywhere is the world outside, then it is over, new, or comes and goes. */
function kindOf(cells: { row: GridRow; column: number }[], runs: GridRun[]): CauseKind {
  const guarded = cells.filter(({ column }) => runs[column]?.guarded).length;
  if (guarded * 2 >= cells.length) return "infra";
  const rows = new Map<GridRow, number[]>();
  for (const { row, column } of cells) rows.set(row, [...(rows.get(row) ?? []), column]);
  let over = 0;
  let gaps = 0;
  for (const [row, columns] of rows) {
    const last = Math.max(...columns);
    const first = Math.min(...columns);
    if (/[PL]/.test(row.cells.slice(last + 1))) over++;
    if (/P/.test(row.cells.slice(first, last)) || columns.some((column) => row.cells[column] === "L")) gaps++;
  }
  if (gaps * 2 > rows.size) return "flaky";
  if (over === rows.size) return "over";
  const first = Math.min(...cells.map(({ column }) => column));
  return first >= runs.length - newColumns ? "new" : "ongoing";
}

function causesOf(rows: GridRow[], runs: GridRun[], titles: Map<number, string>): Cause[] {
  const found = new Map<number, { row: GridRow; column: number }[]>();
  for (const row of rows) {
    for (const [column, family] of row.families) {
      const cells = found.get(family);
      if (cells) cells.push({ row, column });
      else found.set(family, [{ row, column }]);
    }
  }
  return [...found]
    .filter(([, cells]) => cells.length > 1)
    .sort(([a, one], [b, other]) => other.length - one.length || a - b)
    .slice(0, alphabet.length)
    .map(([family, cells], index) => ({
      family,
      letter: alphabet[index] ?? "?",
      title: titles.get(family) ?? "",
      cells: cells.length,
      tests: new Set(cells.map(({ row }) => row)).size,
      kind: kindOf(cells, runs),
    }));
}

/** How rows can be ordered. */
export type GridOrder = (typeof gridOrders)[number];

const suite = (row: GridRow) => row.test.suite || row.test.className || "";
const byName = (a: GridRow, b: GridRow) => suite(a).localeCompare(suite(b)) || a.test.name.localeCompare(b.test.name);
const failures = (row: GridRow) => row.cells.length - row.cells.replaceAll("F", "").length;

const orders: Record<GridOrder, (a: GridRow, b: GridRow) => number> = {
  streak: (a, b) => b.streak - a.streak || b.flips - a.flips || failures(b) - failures(a),
  flips: (a, b) => b.flips - a.flips || b.streak - a.streak,
  failures: (a, b) => failures(b) - failures(a) || b.streak - a.streak,
  slowest: (a, b) => (b.test.p50DurationMs ?? -1) - (a.test.p50DurationMs ?? -1),
  name: byName,
};

/** The rows in this order; in groups, suites stand in the order of their first row. */
export function ordered(rows: GridRow[], order: GridOrder, inGroups: boolean): GridRow[] {
  const sorted = [...rows].sort(orders[order]);
  if (!inGroups) return sorted;
  const groups = new Map<string, GridRow[]>();
  for (const row of sorted) {
    const group = groups.get(suite(row));
    if (group) group.push(row);
    else groups.set(suite(row), [row]);
  }
  return [...groups.values()].flatMap((group) => group.map((row, at) => ({ ...row, startsGroup: at === 0 })));
}

/** Reads the API's answer. The 26 most frequent causes get letters; one that happened once needs none. */
export function gridModel(grid: Grid, order: GridOrder = "failures", inGroups = false): GridModel {
  const columns = grid.runs.length;
  const runs = [...grid.runs].reverse();
  const rows = grid.tests.map((test) => rowOf(test, columns));
  const titles = new Map(grid.families);
  const causes = causesOf(rows, runs, titles);
  const letters = new Map(causes.map((cause) => [cause.family, cause.letter]));
  const sorted = order === "failures" && !inGroups ? rows : ordered(rows, order, inGroups);
  return { runs, rows: sorted, causes, letters, titles, singles: singlesOf(rows, letters) };
}

function singlesOf(rows: GridRow[], letters: Map<number, string>): GridModel["singles"] {
  let cells = 0;
  let tests = 0;
  for (const row of rows) {
    let own = 0;
    for (let column = 0; column < row.cells.length; column++) {
      const cell = row.cells[column];
      if ((cell === "F" || cell === "L") && !letters.has(row.families.get(column) ?? -1)) own++;
    }
    cells += own;
    if (own > 0) tests++;
  }
  return { cells, tests };
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

/** Since when the failure in a cell goes on, on its branch and in the columns in view. */
export interface Bounds {
  firstBad: GridRun;
  /** The last run before it in which the test passed; null where the view does not reach back so far. */
  lastGood: GridRun | null;
  /** One run for each commit after the last good one up to the first bad one, oldest first. */
  suspects: GridRun[];
  authors: number;
}

/** The bounds of the failure in a cell; null for a cell that does not fail. */
export function boundsOf(model: GridModel, cell: Cell): Bounds | null {
  const row = model.rows[cell.row];
  const run = model.runs[cell.column];
  if (!row || !run || letterAt(model, cell) !== "F") return null;
  const isOnBranch = (column: number) => model.runs[column]?.branch === run.branch;
  let first = cell.column;
  let good = -1;
  for (let column = cell.column - 1; column >= 0; column--) {
    if (!isOnBranch(column)) continue;
    const letter = row.cells[column];
    if (letter === "F") first = column;
    if (letter === "P" || letter === "L") {
      good = column;
      break;
    }
  }
  const suspects: GridRun[] = [];
  for (let column = good + 1; good >= 0 && column <= first; column++) {
    const one = model.runs[column];
    if (one && isOnBranch(column) && suspects.at(-1)?.headSha !== one.headSha) suspects.push(one);
  }
  return {
    firstBad: model.runs[first] ?? run,
    lastGood: model.runs[good] ?? null,
    suspects,
    authors: new Set(suspects.map((one) => one.commitAuthor)).size,
  };
}

/** A part of the grid, both corners included. */
export interface Rectangle {
  from: Cell;
  to: Cell;
}

/** Something that the failing cells of a rectangle have in common. */
export interface Shared {
  label: string;
  value: string;
  cells: number;
}

/** What the failing cells of a rectangle share, what most of them share first. */
export function sharedBy(
  model: GridModel,
  { from, to }: Rectangle,
): { failing: number; tests: number; runs: number; shared: Shared[] } {
  const [top, bottom] = [Math.min(from.row, to.row), Math.max(from.row, to.row)];
  const [left, right] = [Math.min(from.column, to.column), Math.max(from.column, to.column)];
  const counts = new Map<string, Shared>();
  const note = (label: string, value: string | undefined) => {
    if (!value) return;
    const key = `${label} ${value}`;
    const known = counts.get(key);
    if (known) known.cells++;
    else counts.set(key, { label, value, cells: 1 });
  };
  let failing = 0;
  for (let row = top; row <= bottom; row++) {
    for (let column = left; column <= right; column++) {
      const letter = letterAt(model, { row, column });
      if (letter !== "F" && letter !== "L") continue;
      failing++;
      const run = model.runs[column];
      const family = model.rows[row]?.families.get(column);
      note("Cause", family === undefined ? undefined : model.titles.get(family));
      note("Branch", run?.branch);
      note("Author", run?.commitAuthor);
      note("Suite", model.rows[row]?.test.suite);
      note("Time of day", run && timeOfDay(run.createdAt));
    }
  }
  const shared = [...counts.values()].filter((one) => one.cells > 1 && one.cells * 2 >= failing);
  shared.sort((a, b) => b.cells - a.cells);
  return { failing, tests: bottom - top + 1, runs: right - left + 1, shared };
}

function timeOfDay(time: string): string {
  const hour = new Date(time).getHours();
  return hour < 6 ? "night, 0–6" : hour < 12 ? "morning, 6–12" : hour < 18 ? "afternoon, 12–18" : "evening, 18–24";
}
