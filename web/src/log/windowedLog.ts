// A text too large to be held: its index is here, its lines come in windows as they are looked at, and windows that
// were not looked at for long go. What is kept stays below a fixed size, however long the text.

import type { LineIndex } from "./lineApi";
import type { Levels, LogLines } from "./logLines";
import { type Group, type Line, LogText } from "./logText";
import { lowerBound } from "./rows";

/** Lines of one window. */
export const WINDOW_LINES = 2000;
/** Windows kept, and bytes of them. */
const KEPT_WINDOWS = 24;
const KEPT_BYTES = 48 * 1024 * 1024;
/** Windows asked for at a time; of those still waiting only the newest are worth asking for. */
const ASKED_AT_ONCE = 2;
const WAITING = 2;
/** How much of a long line the server hands out. */
const HANDED_OUT_BYTES = 32 * 1024;
/** Lines before the end of a window at which the next one is asked for. */
const AHEAD_LINES = 300;
/** Lines asked for at once when copying. */
const COPY_LINES = 5000;

/** Brings `count` lines from line `from` on. */
export type ReadLines = (from: number, count: number, signal: AbortSignal) => Promise<Uint8Array>;

/** The text; `close` it when nobody looks any more. */
export class WindowedLog implements LogLines {
  readonly lineCount: number;
  readonly byteLength: number;
  readonly hasTimes: boolean;
  readonly isGithub: boolean;
  readonly encoding = "UTF-8";
  readonly groups: readonly Group[];
  readonly errors: Uint32Array;
  readonly warnings: Uint32Array;
  readonly errorCount: number;
  readonly warningCount: number;
  readonly levels: Levels;
  /** Windows that are here, the one looked at last at the end. */
  private readonly windows = new Map<number, LogText>();
  private readonly longLines: Map<number, number>;
  private keptBytes = 0;
  private waiting: number[] = [];
  private readonly asked = new Set<number>();
  private readonly failed = new Set<number>();
  private readonly closing = new AbortController();

  constructor(
    index: LineIndex,
    private readonly read: ReadLines,
    /** Called when lines have come, or could not. */
    private readonly onChange: (error: unknown) => void,
  ) {
    this.lineCount = index.lines;
    this.byteLength = index.sizeBytes;
    this.hasTimes = index.isJobLog;
    this.isGithub = index.isJobLog;
    this.errors = linesOf(index, "error");
    this.warnings = linesOf(index, "warning");
    this.errorCount = index.errors;
    this.warningCount = index.warnings;
    this.levels = { stride: index.minimapStride, worst: index.minimap };
    this.longLines = new Map(index.longLines.map(([line = 0, bytes = 0]) => [line - 1, bytes]));
    this.groups = index.groups.map(([first = 0, last = 0]) => {
      const inside = lowerBound(this.errors, last) - lowerBound(this.errors, first - 1);
      return { first: first - 1, last: last - 1, closed: true, errors: inside };
    });
  }

  close(): void {
    this.closing.abort();
    this.windows.clear();
  }

  /** How many bytes of lines are held. */
  get heldBytes(): number {
    return this.keptBytes;
  }

  line(line: number): Line | null {
    const at = Math.floor(line / WINDOW_LINES);
    const window = this.windows.get(at);
    if (!window) {
      this.want(at);
      return null;
    }
    const inside = line - at * WINDOW_LINES;
    if (inside >= WINDOW_LINES - AHEAD_LINES && (at + 1) * WINDOW_LINES < this.lineCount) this.wantQuietly(at + 1);
    else if (inside < AHEAD_LINES && at > 0) this.wantQuietly(at - 1);
    this.windows.delete(at);
    this.windows.set(at, window);
    const found = window.line(inside);
    const length = this.longLines.get(line);
    return length === undefined ? found : { ...found, cutBytes: found.cutBytes + length - HANDED_OUT_BYTES };
  }

  async copyText(first: number, last: number): Promise<string> {
    const parts: string[] = [];
    for (let from = first; from <= last; from += COPY_LINES) {
      const count = Math.min(COPY_LINES, last - from + 1);
      const part = this.parse(await this.read(from, count, this.closing.signal));
      parts.push(await part.copyText(0, count - 1));
    }
    return parts.join("\n");
  }

  /** Asks again for what could not be had. */
  retry(): void {
    this.failed.clear();
    this.onChange(null);
  }

  private wantQuietly(at: number): void {
    if (!this.windows.has(at) && this.waiting.length === 0) this.want(at);
  }

  private want(at: number): void {
    if (this.asked.has(at) || this.failed.has(at)) return;
    this.waiting = [...this.waiting.filter((other) => other !== at), at].slice(-WAITING);
    this.askNext();
  }

  private askNext(): void {
    while (this.asked.size < ASKED_AT_ONCE) {
      const at = this.waiting.pop();
      if (at === undefined) return;
      this.asked.add(at);
      void this.bring(at);
    }
  }

  private async bring(at: number): Promise<void> {
    let failure: unknown = null;
    try {
      const from = at * WINDOW_LINES;
      const count = Math.min(WINDOW_LINES, this.lineCount - from);
      this.keep(at, this.parse(await this.read(from, count, this.closing.signal)));
    } catch (error) {
      if (this.closing.signal.aborted) return;
      failure = error;
      this.failed.add(at);
    }
    this.asked.delete(at);
    this.onChange(failure);
    this.askNext();
  }

  private parse(bytes: Uint8Array): LogText {
    const window = new LogText(this.isGithub ? "github" : "plain", bytes.length);
    window.append(bytes);
    window.finish();
    return window;
  }

  private keep(at: number, window: LogText): void {
    this.windows.set(at, window);
    this.keptBytes += window.byteLength;
    for (const [oldest, held] of this.windows) {
      if (this.windows.size <= 3 || (this.windows.size <= KEPT_WINDOWS && this.keptBytes <= KEPT_BYTES)) break;
      this.windows.delete(oldest);
      this.keptBytes -= held.byteLength;
    }
  }
}

function linesOf(index: LineIndex, level: string): Uint32Array {
  return Uint32Array.from(index.marks.filter((mark) => mark.level === level).map((mark) => mark.line - 1));
}
