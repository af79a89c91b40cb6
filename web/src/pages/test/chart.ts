// Where the points of a test's duration chart stand. Pure.
import type { HistoryEntry, TestStatus } from "../../api/types";

/** One execution in the chart. */
export interface Point {
  entry: HistoryEntry;
  /** Between 0 (oldest) and 1 (newest). */
  x: number;
  /** Between 0 (nothing) and 1 (the top of the scale); null where the report gives no duration. */
  y: number | null;
}

/** A chart: its points, oldest first, and the value at its top. */
export interface Chart {
  points: Point[];
  topMs: number;
}

const steps = [1, 2, 5];

/** The next round number at or above: 1, 2 or 5 times a power of ten. */
export function roundUp(value: number): number {
  if (value <= 1) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  for (const step of [...steps, 10]) if (value <= step * power) return step * power;
  return 10 * power;
}

/** Executions as they come (newest first) as points in the order of time, evenly apart. */
export function chartOf(history: HistoryEntry[]): Chart {
  const ordered = [...history].reverse();
  const topMs = roundUp(Math.max(0, ...ordered.map((entry) => entry.durationMs ?? 0)));
  return {
    topMs,
    points: ordered.map((entry, index) => ({
      entry,
      x: ordered.length === 1 ? 0.5 : index / (ordered.length - 1),
      y: entry.durationMs === null ? null : entry.durationMs / topMs,
    })),
  };
}

/** The outcome of each execution as a letter, oldest first. */
export function stripOf(history: HistoryEntry[]): string {
  const letters: Record<TestStatus, string> = { passed: "P", failed: "F", flaky: "L", skipped: "S" };
  return [...history]
    .reverse()
    .map((entry) => letters[entry.status])
    .join("");
}

const rollingOver = 9;

/** The median of each point and its neighbours: the line that the eye follows. Few points have none. */
export function rolling(points: Point[]): { x: number; y: number }[] {
  const known = points.flatMap((point) => (point.y === null ? [] : [{ x: point.x, y: point.y }]));
  if (known.length < rollingOver) return [];
  const half = Math.floor(rollingOver / 2);
  return known.map((point, at) => {
    const near = known.slice(Math.max(0, at - half), at + half + 1).map(({ y }) => y);
    near.sort((a, b) => a - b);
    return { x: point.x, y: near[Math.floor((near.length - 1) / 2)] ?? point.y };
  });
}

/** The outcomes by branch, most results first: where a test fails everywhere, and where on one branch alone. */
export function stripsByBranch(
  history: HistoryEntry[],
  most: number,
): { branch: string; strip: string; results: number }[] {
  const branches = new Map<string, HistoryEntry[]>();
  for (const entry of history) {
    const entries = branches.get(entry.run.branch);
    if (entries) entries.push(entry);
    else branches.set(entry.run.branch, [entry]);
  }
  return [...branches]
    .map(([branch, entries]) => ({ branch, strip: stripOf(entries), results: entries.length }))
    .sort((a, b) => b.results - a.results)
    .slice(0, most);
}
