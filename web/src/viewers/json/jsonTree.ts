// Which values of a JSON text are on view: a tree flattened to rows, by what is open.

import type { JsonIndex } from "./jsonIndex";

/** Opening stops to be automatic beyond this many rows. */
const FIRST_ROWS = 200;

/** The open and closed values of a JSON text. */
export class JsonTree {
  private readonly open: Uint8Array;
  private list: Uint32Array;

  constructor(readonly index: JsonIndex) {
    this.open = new Uint8Array(index.count);
    this.openFirst();
    this.list = this.flatten();
  }

  /** The values on view, in order. */
  get rows(): Uint32Array {
    return this.list;
  }

  isOpen(value: number): boolean {
    return this.open[value] === 1;
  }

  setOpen(value: number, open: boolean): void {
    if (!this.index.isContainer(value) || this.index.size(value) === 0) return;
    this.open[value] = open ? 1 : 0;
    this.list = this.flatten();
  }

  setAllOpen(open: boolean): void {
    for (let value = 0; value < this.index.count; value++) {
      this.open[value] = open && this.index.size(value) > 0 ? 1 : 0;
    }
    // A closed root would show nothing at all.
    this.open[0] = this.index.size(0) > 0 ? 1 : 0;
    this.list = this.flatten();
  }

  /** Opens all that holds `value`, so that it has a row. */
  reveal(value: number): void {
    for (let at = this.index.parent(value); at !== null; at = this.index.parent(at)) this.open[at] = 1;
    this.list = this.flatten();
  }

  /** The row of `value`, or -1 where it is not on view. */
  rowOf(value: number): number {
    let low = 0;
    let high = this.list.length - 1;
    while (low <= high) {
      const middle = (low + high) >>> 1;
      const at = this.list[middle] ?? 0;
      if (at === value) return middle;
      if (at < value) low = middle + 1;
      else high = middle - 1;
    }
    return -1;
  }

  private flatten(): Uint32Array {
    const { index } = this;
    const rows: number[] = [];
    let value = 0;
    while (value < index.count) {
      rows.push(value);
      value = this.open[value] === 1 ? value + 1 : index.after(value);
    }
    return Uint32Array.from(rows);
  }

  /** Opens level by level while the rows stay few; the root always. */
  private openFirst(): void {
    const { index } = this;
    let level = index.size(0) > 0 ? [0] : [];
    let rows = 1;
    while (level.length > 0) {
      const children = level.reduce((sum, value) => sum + index.size(value), 0);
      if (rows + children > FIRST_ROWS && level[0] !== 0) return;
      rows += children;
      const next: number[] = [];
      for (const value of level) {
        this.open[value] = 1;
        for (let child = value + 1; child < index.after(value) && rows <= FIRST_ROWS; child = index.after(child)) {
          if (index.size(child) > 0) next.push(child);
        }
      }
      level = next;
    }
  }
}

/** Looks for `pattern` in keys and values, from `from` up to `budget` values; answers the matches and where it stopped. */
export function searchValues(
  index: JsonIndex,
  pattern: RegExp,
  from: number,
  budget: number,
): { found: number[]; next: number } {
  const found: number[] = [];
  const next = Math.min(index.count, from + budget);
  for (let value = from; value < next; value++) {
    pattern.lastIndex = 0;
    const key = index.key(value);
    let matches = key !== null && pattern.test(key);
    if (!matches && !index.isContainer(value)) {
      pattern.lastIndex = 0;
      matches = pattern.test(index.scalar(value));
    }
    if (matches) found.push(value);
  }
  return { found, next };
}
