// Which lines of a text are on view, given folds and a filter, and the way between line and row numbers.

import type { Group } from "./logText";

/** The lines on view, in order: a list of them, or all but some ranges, which needs no list of lines. */
export class Rows {
  private constructor(
    readonly count: number,
    private readonly lines: Uint32Array | null,
    /** Ranges that are left out, `[from, end)`, in order, and how many lines are left out before each. */
    private readonly gaps: readonly Gap[],
    /** How many lines are not on view, end markers of groups not counted. */
    readonly hidden: number,
  ) {}

  static all(lineCount: number): Rows {
    return new Rows(lineCount, null, [], 0);
  }

  /** Only the given lines, in ascending order. */
  static only(lines: Uint32Array, lineCount: number): Rows {
    return new Rows(lines.length, lines, [], lineCount - lines.length);
  }

  /** All lines but the given ones, which ascend. */
  static without(lines: Uint32Array, lineCount: number): Rows {
    const gaps: Gap[] = [];
    let before = 0;
    for (const line of lines) {
      const last = gaps[gaps.length - 1];
      if (last?.end === line) last.end++;
      else gaps.push({ from: line, end: line + 1, before });
      before++;
    }
    return new Rows(lineCount - before, null, gaps, before);
  }

  /** All lines but those inside folded groups, and but the end markers of groups. */
  static folded(lineCount: number, groups: readonly Group[], isFolded: (group: Group) => boolean): Rows {
    const gaps: Gap[] = [];
    let before = 0;
    let folded = 0;
    for (const group of groups) {
      let from = group.last;
      if (isFolded(group)) {
        from = group.first + 1;
        folded += group.last - group.first - (group.closed ? 1 : 0);
      } else if (!group.closed) continue;
      const end = Math.min(group.last + 1, lineCount);
      if (from >= end) continue;
      gaps.push({ from, end, before });
      before += end - from;
    }
    return new Rows(lineCount - before, null, gaps, folded);
  }

  /** How many lines the gaps leave out. */
  private get gapped(): number {
    const last = this.gaps[this.gaps.length - 1];
    return last ? last.before + last.end - last.from : 0;
  }

  lineAt(row: number): number {
    if (this.lines) return this.lines[row] ?? 0;
    // The gaps that end above the row: those whose first line would stand at or before it.
    const at = firstIndex(this.gaps.length, (index) => {
      const gap = this.gaps[index];
      return gap !== undefined && gap.from - gap.before > row;
    });
    const gap = this.gaps[at - 1];
    return gap ? row + gap.before + gap.end - gap.from : row;
  }

  /** The row of `line`, or of the nearest line after it that is on view, or the last row. */
  rowOf(line: number): number {
    const last = Math.max(0, this.count - 1);
    if (this.lines) return Math.min(lowerBound(this.lines, line), last);
    const gap = this.gapBefore(line);
    if (!gap) return Math.min(line, last);
    return Math.min(line < gap.end ? gap.from - gap.before : line - gap.before - (gap.end - gap.from), last);
  }

  isOnView(line: number): boolean {
    if (this.lines) return this.lines[lowerBound(this.lines, line)] === line;
    const gap = this.gapBefore(line);
    return line < this.count + this.gapped && (!gap || line >= gap.end);
  }

  /** The last gap that begins at or before `line`. */
  private gapBefore(line: number): Gap | undefined {
    const at = firstIndex(this.gaps.length, (index) => (this.gaps[index]?.from ?? 0) > line);
    return this.gaps[at - 1];
  }
}

interface Gap {
  from: number;
  end: number;
  before: number;
}

/** The first index below `length` for which `is` holds, which then holds for all after it; else `length`. */
function firstIndex(length: number, is: (index: number) => boolean): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (is(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
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

/** The lines that are in any of the ascending lists, ascending. */
export function union(lists: readonly Uint32Array[]): Uint32Array {
  if (lists.length === 1 && lists[0]) return lists[0];
  const all = new Uint32Array(lists.reduce((sum, list) => sum + list.length, 0));
  let count = 0;
  for (const list of lists) {
    all.set(list, count);
    count += list.length;
  }
  all.sort();
  return all.filter((line, index) => index === 0 || line !== all[index - 1]);
}

/** The lines of `a` that are also in `b`, or, with `in` false, those that are not. */
export function common(a: Uint32Array, b: Uint32Array, isIn: boolean): Uint32Array {
  return a.filter((line) => (b[lowerBound(b, line)] === line) === isIn);
}
