// The bytes of a text that is still arriving, and where its lines, groups and marked lines are. Bytes stay
// outside the JavaScript heap; only the lines on screen are ever decoded.

import { plainLine } from "./ansi";
import type { LogLines } from "./logLines";
import {
  ENDGROUP,
  ERROR,
  emptyPrefix,
  GROUP,
  type LineKind,
  looksLikeJobLog,
  PLAIN_LINE,
  readPrefix,
  WARNING,
} from "./prefix";

/** Longer lines are shown up to here and then cut, saying so. */
export const MAX_LINE_BYTES = 20_000;

/** A fold: `first` carries the title, `last` is the last line inside. */
export interface Group {
  first: number;
  last: number;
  /** Whether an end marker closed it. */
  closed: boolean;
  errors: number;
}

/** One line, ready to be drawn. */
export interface Line {
  time: string;
  kind: LineKind;
  /** The text without time stamp and marker, escape sequences still inside. */
  text: string;
  /** How many bytes were cut off the end. */
  cutBytes: number;
}

/** What the text is: `auto` decides by its first lines. */
export type LogSyntax = "github" | "plain" | "auto";

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** A growing text. Append bytes, then `finish`. */
export class LogText implements LogLines {
  private bytes: Uint8Array;
  private used = 0;
  private starts = new Uint32Array(1024);
  private kinds = new Uint8Array(1024);
  private counted = 0;
  private finished = false;
  private github: boolean | null;
  private timed = false;
  private readonly prefix = emptyPrefix();
  /** How the text was encoded as it came; here it is UTF-8. */
  encoding = "UTF-8";
  private open: Group | null = null;
  readonly groups: Group[] = [];
  /** Lines that carry an error or warning marker. */
  readonly errors: number[] = [];
  readonly warnings: number[] = [];

  constructor(syntax: LogSyntax, expectedBytes = 0) {
    this.bytes = new Uint8Array(Math.max(64 * 1024, expectedBytes));
    this.github = syntax === "auto" ? null : syntax === "github";
  }

  get byteLength(): number {
    return this.used;
  }

  /** How many lines can be read now; the last, unfinished one counts only after `finish`. */
  get lineCount(): number {
    return this.counted;
  }

  get errorCount(): number {
    return this.errors.length;
  }

  get warningCount(): number {
    return this.warnings.length;
  }

  /** Whether any line carries a time stamp of GitHub. */
  get hasTimes(): boolean {
    return this.timed;
  }

  /** Whether time stamps and markers of GitHub are read. */
  get isGithub(): boolean {
    return this.github === true;
  }

  append(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    this.reserve(this.used + chunk.length);
    this.bytes.set(chunk, this.used);
    const from = this.used;
    this.used += chunk.length;
    if (this.github === null) {
      if (this.used < 4096) return;
      this.settleSyntax();
      this.index(0);
    } else {
      this.index(from);
    }
  }

  /** Says that no more bytes will come: a last line without line end becomes readable. */
  finish(): void {
    if (this.finished) return;
    if (this.github === null) {
      this.settleSyntax();
      this.index(0);
    }
    this.finished = true;
    const start = this.nextStart;
    if (start < this.used) this.addLine(start, this.used);
    this.nextStart = this.used;
    this.closeGroup(this.counted - 1, false);
  }

  private nextStart = 0;

  private settleSyntax(): void {
    this.github = looksLikeJobLog(this.bytes.subarray(0, this.used));
  }

  private reserve(size: number): void {
    if (size <= this.bytes.length) return;
    const grown = new Uint8Array(Math.max(size, this.bytes.length * 2));
    grown.set(this.bytes.subarray(0, this.used));
    this.bytes = grown;
  }

  private index(from: number): void {
    const bytes = this.bytes.subarray(0, this.used);
    let newline = bytes.indexOf(0x0a, from);
    while (newline >= 0) {
      this.addLine(this.nextStart, newline);
      this.nextStart = newline + 1;
      newline = bytes.indexOf(0x0a, newline + 1);
    }
  }

  private addLine(start: number, end: number): void {
    const line = this.counted;
    if (line === this.starts.length) {
      const starts = new Uint32Array(line * 2);
      starts.set(this.starts);
      this.starts = starts;
      const kinds = new Uint8Array(line * 2);
      kinds.set(this.kinds);
      this.kinds = kinds;
    }
    this.starts[line] = start;
    this.counted++;
    if (!this.github) return;
    readPrefix(this.bytes, start, end, true, this.prefix);
    if (this.prefix.timeEnd > this.prefix.timeStart) this.timed = true;
    const kind = this.prefix.kind;
    if (kind === PLAIN_LINE) return;
    this.kinds[line] = kind;
    this.note(line, kind);
  }

  private note(line: number, kind: LineKind): void {
    if (kind === GROUP) {
      // Groups do not nest on GitHub: a new one ends the one before.
      this.closeGroup(line - 1, false);
      this.open = { first: line, last: line, closed: false, errors: 0 };
    } else if (kind === ENDGROUP) {
      this.closeGroup(line, true);
    } else if (kind === ERROR) {
      this.errors.push(line);
      if (this.open) this.open.errors++;
    } else if (kind === WARNING) {
      this.warnings.push(line);
    }
  }

  private closeGroup(last: number, closed: boolean): void {
    if (!this.open) return;
    this.groups.push({ ...this.open, last, closed });
    this.open = null;
  }

  kindOf(line: number): LineKind {
    return this.kinds[line] ?? PLAIN_LINE;
  }

  /** The bytes of a line without its line end (LF or CRLF). */
  rawLine(line: number): Uint8Array {
    const start = this.starts[line] ?? this.used;
    return this.bytes.subarray(start, this.endOf(line, start));
  }

  /** The bytes of lines `[from, end)` as they came. */
  rawLines(from: number, end: number): Uint8Array {
    if (from >= end) return this.bytes.subarray(0, 0);
    const last = end - 1;
    return this.bytes.subarray(this.starts[from] ?? 0, this.endOf(last, this.starts[last] ?? 0));
  }

  private endOf(line: number, start: number): number {
    let end: number;
    if (line + 1 < this.counted) end = (this.starts[line + 1] ?? this.used) - 1;
    else if (this.nextStart > start) end = this.nextStart - (this.bytes[this.nextStart - 1] === 0x0a ? 1 : 0);
    else end = this.used;
    if (end > start && this.bytes[end - 1] === 0x0d) end--;
    return end;
  }

  /** One line, decoded. Bytes that are not UTF-8 become U+FFFD. */
  line(line: number): Line {
    const start = this.starts[line] ?? this.used;
    const end = this.endOf(line, start);
    readPrefix(this.bytes, start, end, this.isGithub, this.prefix);
    const { timeStart, timeEnd, kind, textStart } = this.prefix;
    const textEnd = Math.min(end, textStart + MAX_LINE_BYTES);
    return {
      time: timeEnd > timeStart ? decoder.decode(this.bytes.subarray(timeStart, timeEnd)) : "",
      kind,
      text: decoder.decode(this.bytes.subarray(textStart, textEnd)),
      cutBytes: end - textEnd,
    };
  }

  /** The text of a line as a reader sees it, for search: whole, however long it is. */
  visibleLine(line: number): string {
    const start = this.starts[line] ?? this.used;
    const end = this.endOf(line, start);
    readPrefix(this.bytes, start, end, this.isGithub, this.prefix);
    return plainLine(decoder.decode(this.bytes.subarray(this.prefix.textStart, end)));
  }

  /** Lines `first..=last` as they are shown, joined, for the clipboard: no time stamps, no escape sequences. */
  copyText(first: number, last: number): Promise<string> {
    const lines: string[] = [];
    for (let line = first; line <= Math.min(last, this.counted - 1); line++) lines.push(this.visibleLine(line));
    return Promise.resolve(lines.join("\n"));
  }

  /** The whole text as it came. */
  all(): Uint8Array {
    return this.bytes.subarray(0, this.used);
  }
}
