// Which lines of a text are on view, given folds and a filter, and the way between line and row numbers.

import type { Group } from "./logText";

/** The lines on view, in order. `null` lines stand for all of them, which needs no list. */
export class Rows {
  private constructor(
    readonly count: number,
    private readonly lines: Uint32Array | null,
    /** How many lines are not on view, end markers of groups not counted. */
    readonly hidden: number,
  ) {}

  static all(lineCount: number): Rows {
    return new Rows(lineCount, null, 0);
  }

  /** Only the given lines, in ascending order. */
  static only(lines: Uint32Array, lineCount: number): Rows {
    return new Rows(lines.length, lines, lineCount - lines.length);
  }

  /** All lines but those inside folded groups, and but the end markers of groups. */
  static folded(lineCount: number, groups: readonly Group[], isFolded: (group: Group) => boolean): Rows {
    const hidden: [from: number, to: number][] = [];
    let folded = 0;
    for (const group of groups) {
      if (isFolded(group)) {
        hidden.push([group.first + 1, group.last]);
        folded += group.last - group.first - (group.closed ? 1 : 0);
      } else if (group.closed) hidden.push([group.last, group.last]);
    }
    if (hidden.length === 0) return Rows.all(lineCount);
    const lines = new Uint32Array(lineCount);
    let count = 0;
    let line = 0;
    for (const [from, to] of hidden) {
      while (line < from) lines[count++] = line++;
      line = Math.max(line, to + 1);
    }
    while (line < lineCount) lines[count++] = line++;
    return new Rows(count, lines.subarray(0, count), folded);
  }

  lineAt(row: number): number {
    return this.lines ? (this.lines[row] ?? 0) : row;
  }

  /** The row of `line`, or of the nearest line after it that is on view, or the last row. */
  rowOf(line: number): number {
    if (!this.lines) return Math.min(line, Math.max(0, this.count - 1));
    return Math.min(lowerBound(this.lines, line), Math.max(0, this.count - 1));
  }

  isOnView(line: number): boolean {
    return this.lines ? this.lines[lowerBound(this.lines, line)] === line : line < this.count;
  }
}

/** The index of the first element of the ascending `list` that is not below `value`. */
export function lowerBound(list: ArrayLike<number>, value: number): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((list[middle] ?? 0) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The group that holds `line`, if any. Groups are in order and do not overlap. */
export function groupOf(groups: readonly Group[], line: number): Group | null {
  let low = 0;
  let high = groups.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const group = groups[middle];
    if (group && group.last < line) low = middle + 1;
    else high = middle;
  }
  const group = groups[low];
  return group && group.first <= line ? group : null;
}
