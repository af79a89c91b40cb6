// Search over the lines of a text, in slices short enough that scrolling stays smooth meanwhile.

import type { LogText } from "./logText";

/** What a reader searches for. */
export interface SearchQuery {
  text: string;
  matchCase: boolean;
  regex: boolean;
}

/** The pattern of a query: null for an empty one, a sentence where it is not a valid expression. */
export function compileQuery(query: SearchQuery): RegExp | null | string {
  if (query.text === "") return null;
  const source = query.regex ? query.text : query.text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  try {
    const pattern = new RegExp(source, query.matchCase ? "gu" : "giu");
    return pattern;
  } catch (error) {
    return error instanceof Error ? error.message : "not a valid expression";
  }
}

/** Where `pattern` (global) matches in `text`: `[from, to)` pairs, empty matches left out. */
export function matchRanges(text: string, pattern: RegExp): [from: number, to: number][] {
  const ranges: [number, number][] = [];
  pattern.lastIndex = 0;
  for (let match = pattern.exec(text); match; match = pattern.exec(text)) {
    if (match[0] === "") pattern.lastIndex++;
    else ranges.push([match.index, match.index + match[0].length]);
    if (ranges.length >= 1000) break;
  }
  return ranges;
}

const BLOCK_LINES = 256;
// What a reader would see differently from what is stored: such blocks must be read line by line.
const NOT_PLAIN =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this finds.
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]|\r(?!\n)/;
// Colours cut words in two but change nothing else, so a block can be searched without them.
// biome-ignore lint/suspicious/noControlCharactersInRegex: terminal sequences start with one.
const COLOURS = /\u001b\[[0-9;:]*m/g;
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** A search that goes on while lines arrive. */
export class LineSearch {
  private lines = new Uint32Array(256);
  private found = 0;
  private next = 0;

  constructor(
    private readonly log: LogText,
    private readonly pattern: RegExp,
    /** True where the pattern can be tried on several lines at once. */
    private readonly literal: boolean,
  ) {}

  /** The lines that match, ascending, counted from zero. */
  get matches(): Uint32Array {
    return this.lines.subarray(0, this.found);
  }

  /** Whether every line that is there now has been searched. */
  get isCurrent(): boolean {
    return this.next >= this.log.lineCount;
  }

  /** Searches on for about `budgetMs`. Answers whether it has caught up. */
  step(budgetMs: number, now: () => number = () => performance.now()): boolean {
    const until = now() + budgetMs;
    do {
      this.searchBlock();
    } while (!this.isCurrent && now() < until);
    return this.isCurrent;
  }

  private searchBlock(): void {
    const end = Math.min(this.log.lineCount, this.next + BLOCK_LINES);
    if (!(this.literal && this.blockHasNothing(this.next, end))) {
      for (let line = this.next; line < end; line++) {
        this.pattern.lastIndex = 0;
        if (this.pattern.test(this.log.visibleLine(line))) this.add(line);
      }
    }
    this.next = end;
  }

  private blockHasNothing(from: number, end: number): boolean {
    const raw = decoder.decode(this.log.rawLines(from, end));
    const text = raw.includes("\u001b") ? raw.replace(COLOURS, "") : raw;
    this.pattern.lastIndex = 0;
    return !NOT_PLAIN.test(text) && !this.pattern.test(text);
  }

  private add(line: number): void {
    if (this.found === this.lines.length) {
      const grown = new Uint32Array(this.found * 2);
      grown.set(this.lines);
      this.lines = grown;
    }
    this.lines[this.found++] = line;
  }
}
