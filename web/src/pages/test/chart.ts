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
