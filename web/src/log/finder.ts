// One search over a text: here in slices between frames where the text is here whole, on the server where it is not.

import { type LineApi, searchLines } from "./lineApi";
import type { LogLines } from "./logLines";
import { LogText } from "./logText";
import { compileQuery, LineSearch, type SearchQuery } from "./search";

const SLICE_MS = 14;
/** How often the view hears of matches while the search goes on. */
const TELL_EVERY_MS = 150;
/** Matches that the server tells of. */
export const SERVER_MATCHES = 50_000;
/** The server is asked only when the reader has stopped typing. */
const TYPING_MS = 200;

/** What a search has found so far. */
export interface SearchResult {
  /** Null where nothing is searched for. */
  pattern: RegExp | null;
  /** A sentence where the expression is not valid, or the server could not search. */
  problem: string | null;
  /** Matching lines, counted from zero. */
  matches: Uint32Array;
  done: boolean;
  /** Whether there are more matches than these. */
  cut?: boolean;
}

const NOTHING: SearchResult = { pattern: null, problem: null, matches: new Uint32Array(0), done: true, cut: false };

/** A search going on. `stop` it when nobody waits for it. */
export class Finder {
  result: SearchResult = NOTHING;
  private readonly search: LineSearch | null = null;
  private readonly controller = new AbortController();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private told = 0;

  constructor(
    log: LogLines,
    api: LineApi | null,
    query: SearchQuery,
    private readonly tell: () => void,
  ) {
    const compiled = compileQuery(query);
    const pattern = compiled instanceof RegExp ? compiled : null;
    const isHere = log instanceof LogText;
    if (query.text === "") return;
    if (isHere && !pattern) {
      this.result = { ...NOTHING, problem: String(compiled) };
    } else if (isHere && pattern) {
      this.result = { ...NOTHING, pattern, done: false };
      this.search = new LineSearch(log, new RegExp(pattern), !query.regex);
      this.resume();
    } else if (api) {
      // The server's expressions differ a little from ours; what ours cannot read is found and not highlighted.
      this.result = { ...NOTHING, pattern: pattern ?? /(?!)/g, done: false };
      this.timer = setTimeout(() => void this.askServer(api, query), TYPING_MS);
    }
  }

  stop(): void {
    clearTimeout(this.timer);
    this.controller.abort();
  }

  /** Goes on with lines that have arrived. */
  resume(): void {
    if (!this.search) return;
    clearTimeout(this.timer);
    this.slice(this.search);
  }

  private slice(search: LineSearch): void {
    const done = search.step(SLICE_MS);
    if (done || performance.now() - this.told > TELL_EVERY_MS) this.show(search.matches, done, false);
    if (!done) this.timer = setTimeout(() => this.slice(search));
  }

  private show(matches: Uint32Array, done: boolean, cut: boolean): void {
    this.told = performance.now();
    this.result = { ...this.result, matches, done, cut };
    this.tell();
  }

  private async askServer(api: LineApi, query: SearchQuery): Promise<void> {
    let lines = new Uint32Array(1024);
    let count = 0;
    const onLine = (line: number) => {
      if (count === lines.length) {
        const grown = new Uint32Array(count * 2);
        grown.set(lines);
        lines = grown;
      }
      lines[count++] = line;
      if (performance.now() - this.told > TELL_EVERY_MS) this.show(lines.subarray(0, count), false, false);
    };
    try {
      const { signal } = this.controller;
      const { cut } = await searchLines(api, query, SERVER_MATCHES, signal, { onLine, onProgress: () => undefined });
      this.show(lines.slice(0, count), true, cut);
    } catch (error) {
      if (this.controller.signal.aborted) return;
      const problem = error instanceof Error ? error.message : "The search failed.";
      this.result = { ...this.result, problem, matches: lines.slice(0, count), done: true };
      this.tell();
    }
  }
}
