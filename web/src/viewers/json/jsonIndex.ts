// Finds every value of a JSON text without building objects: numbers keep their digits, repeated keys stay
// repeated, any depth is read, and an error has its place. Values are numbered in the order of the text.

/** More values than this are not shown as a tree. */
export const MAX_VALUES = 4_000_000;

/** The kinds of JSON values. */
export type JsonKind = "object" | "array" | "string" | "number" | "boolean" | "null";

/** Why a text is not JSON, and where; line and column count from one. */
export class JsonProblem {
  readonly line: number;
  readonly column: number;

  constructor(
    readonly message: string,
    text: string,
    readonly offset: number,
  ) {
    let line = 1;
    let lineStart = 0;
    for (let at = text.indexOf("\n"); at >= 0 && at < offset; at = text.indexOf("\n", at + 1)) {
      line++;
      lineStart = at + 1;
    }
    this.line = line;
    this.column = offset - lineStart + 1;
  }
}

const WORDS_PER_VALUE = 7;
const START = 0;
const END = 1;
const KEY = 2;
const PARENT = 3;
const AFTER = 4;
const SIZE = 5;
const ORDINAL = 6;
const NO_KEY = 0xffffffff;
const NO_PARENT = 0xffffffff;

/** Where the values of a JSON text are. Value 0 is the root; the children of a value follow it. */
export class JsonIndex {
  private words = new Uint32Array(WORDS_PER_VALUE * 256);
  private used = 0;

  constructor(readonly text: string) {}

  get count(): number {
    return this.used;
  }

  add(start: number, key: number | null, parent: number | null): number {
    const value = this.used++;
    const at = value * WORDS_PER_VALUE;
    if (at === this.words.length) {
      const grown = new Uint32Array(this.words.length * 2);
      grown.set(this.words);
      this.words = grown;
    }
    this.words[at + START] = start;
    this.words[at + KEY] = key ?? NO_KEY;
    this.words[at + PARENT] = parent ?? NO_PARENT;
    if (parent !== null) {
      const sizeAt = parent * WORDS_PER_VALUE + SIZE;
      const size = this.words[sizeAt] ?? 0;
      this.words[at + ORDINAL] = size;
      this.words[sizeAt] = size + 1;
    }
    return value;
  }

  close(value: number, end: number): void {
    this.words[value * WORDS_PER_VALUE + END] = end;
    this.words[value * WORDS_PER_VALUE + AFTER] = this.used;
  }

  private word(value: number, which: number): number {
    return this.words[value * WORDS_PER_VALUE + which] ?? 0;
  }

  /** The value as it stands in the text, or its first `limit` characters. */
  source(value: number, limit = Number.POSITIVE_INFINITY): string {
    const start = this.word(value, START);
    return this.text.slice(start, Math.min(this.word(value, END), start + limit));
  }

  sourceLength(value: number): number {
    return this.word(value, END) - this.word(value, START);
  }

  kind(value: number): JsonKind {
    switch (this.text.charCodeAt(this.word(value, START))) {
      case 0x7b:
        return "object";
      case 0x5b:
        return "array";
      case 0x22:
        return "string";
      case 0x74:
      case 0x66:
        return "boolean";
      case 0x6e:
        return "null";
      default:
        return "number";
    }
  }

  isContainer(value: number): boolean {
    const first = this.text.charCodeAt(this.word(value, START));
    return first === 0x7b || first === 0x5b;
  }

  /** The name of the value in its object; null in an array and at the root. */
  key(value: number): string | null {
    const start = this.word(value, KEY);
    return start === NO_KEY ? null : decodeString(this.text.slice(start, stringEnd(this.text, start)));
  }

  parent(value: number): number | null {
    const parent = this.word(value, PARENT);
    return parent === NO_PARENT ? null : parent;
  }

  /** The first value that is not inside this one. */
  after(value: number): number {
    return this.word(value, AFTER);
  }

  /** How many children it has. */
  size(value: number): number {
    return this.word(value, SIZE);
  }

  /** Which child of its parent it is, from zero. */
  ordinal(value: number): number {
    return this.word(value, ORDINAL);
  }

  depth(value: number): number {
    let depth = 0;
    for (let at = this.parent(value); at !== null; at = this.parent(at)) depth++;
    return depth;
  }

  /** The way to a value as jq writes it: `.suites[3]["a b"]`. */
  path(value: number): string {
    const parts: string[] = [];
    for (let at = value, up = this.parent(at); up !== null; at = up, up = this.parent(at)) {
      const key = this.key(at);
      if (key === null) parts.push(`[${this.ordinal(at)}]`);
      else if (/^[A-Za-z_]\w*$/.test(key)) parts.push(`.${key}`);
      else parts.push(`[${JSON.stringify(key)}]`);
    }
    const path = parts.reverse().join("");
    return path === "" || path.startsWith("[") ? `.${path}` : path;
  }

  /** The text of a string, number, boolean or null. */
  scalar(value: number): string {
    const source = this.source(value);
    return source.startsWith('"') ? decodeString(source) : source;
  }
}

function decodeString(quoted: string): string {
  return quoted.includes("\\") ? (JSON.parse(quoted) as string) : quoted.slice(1, -1);
}

/** Just behind the closing quote of the well-formed string at `start`. */
function stringEnd(text: string, start: number): number {
  let at = start + 1;
  while (text.charCodeAt(at) !== 0x22) at += text.charCodeAt(at) === 0x5c ? 2 : 1;
  return at + 1;
}

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const ESCAPE = /["\\/bfnrt]|u[0-9a-fA-F]{4}/y;
const PAUSE_EVERY = 50_000;

/** Reads a JSON text, pausing now and then; ends with the index or the reason why there is none. */
export function* indexJson(text: string): Generator<void, JsonIndex | JsonProblem> {
  const index = new JsonIndex(text);
  const reader = new Reader(text);
  let parent: number | null = null;
  let key: number | null = null;
  for (;;) {
    if (index.count >= MAX_VALUES) return new JsonProblem("there are too many values for a tree", text, reader.at);
    if (index.count % PAUSE_EVERY === PAUSE_EVERY - 1) yield;
    reader.skipSpace();
    const value = index.add(reader.at, key, parent);
    const opened = reader.open();
    if (opened === null) {
      if (!reader.scalar()) return reader.problem();
      index.close(value, reader.at);
    } else if (reader.close(opened)) {
      index.close(value, reader.at);
    } else {
      parent = value;
      key = opened === OBJECT ? reader.key() : null;
      if (reader.failed) return reader.problem();
      continue;
    }
    // What follows a finished value: a comma, or the ends of what holds it.
    while (parent !== null) {
      const holder: number = parent;
      const kind = index.kind(holder) === "object" ? OBJECT : ARRAY;
      if (reader.comma()) {
        key = kind === OBJECT ? reader.key() : null;
        if (reader.failed) return reader.problem();
        break;
      }
      if (!reader.close(kind)) return reader.expected(kind === OBJECT ? "a comma or }" : "a comma or ]");
      index.close(holder, reader.at);
      parent = index.parent(holder);
    }
    if (parent === null) {
      reader.skipSpace();
      return reader.at < text.length ? reader.expected("the end of the text") : index;
    }
  }
}

const OBJECT = 0x7d;
const ARRAY = 0x5d;

/** The place in the text, and the steps over what is expected there. */
class Reader {
  at: number;
  failed = false;
  private wanted = "a value";

  constructor(private readonly text: string) {
    this.at = text.charCodeAt(0) === 0xfeff ? 1 : 0;
  }

  skipSpace(): void {
    for (;;) {
      const code = this.text.charCodeAt(this.at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
      this.at++;
    }
  }

  /** Steps into an object or array and answers the character that will close it. */
  open(): number | null {
    const code = this.text.charCodeAt(this.at);
    if (code !== 0x7b && code !== 0x5b) return null;
    this.at++;
    return code === 0x7b ? OBJECT : ARRAY;
  }

  close(closer: number): boolean {
    return this.step(closer);
  }

  comma(): boolean {
    return this.step(0x2c);
  }

  private step(code: number): boolean {
    this.skipSpace();
    if (this.text.charCodeAt(this.at) !== code) return false;
    this.at++;
    return true;
  }

  /** Steps over a key and its colon; answers where the key starts. */
  key(): number {
    this.skipSpace();
    const start = this.at;
    if (this.text.charCodeAt(start) !== 0x22) return this.fail("a key in double quotes");
    if (!this.string()) {
      this.failed = true;
      return start;
    }
    if (!this.step(0x3a)) return this.fail("a colon");
    return start;
  }

  scalar(): boolean {
    const code = this.text.charCodeAt(this.at);
    if (code === 0x22) return this.string();
    if (code === 0x2d || (code >= 0x30 && code <= 0x39)) return this.number();
    for (const word of ["true", "false", "null"]) {
      if (this.text.startsWith(word, this.at)) {
        this.at += word.length;
        return true;
      }
    }
    this.fail("a value");
    return false;
  }

  private number(): boolean {
    NUMBER.lastIndex = this.at;
    if (!NUMBER.test(this.text)) {
      this.fail("a number");
      return false;
    }
    this.at = NUMBER.lastIndex;
    return true;
  }

  private string(): boolean {
    let at = this.at + 1;
    for (;;) {
      const code = this.text.charCodeAt(at);
      if (code === 0x22) {
        this.at = at + 1;
        return true;
      }
      if (code === 0x5c) {
        ESCAPE.lastIndex = at + 1;
        if (!ESCAPE.test(this.text)) return this.failString(at, "a valid escape");
        at = ESCAPE.lastIndex;
      } else if (code < 0x20 || Number.isNaN(code)) {
        return this.failString(at, Number.isNaN(code) ? "the end of a string" : "an escaped control character");
      } else {
        at++;
      }
    }
  }

  private failString(at: number, wanted: string): boolean {
    this.at = at;
    this.fail(wanted);
    return false;
  }

  private fail(wanted: string): number {
    this.failed = true;
    this.wanted = wanted;
    return this.at;
  }

  expected(wanted: string): JsonProblem {
    this.wanted = wanted;
    return this.problem();
  }

  problem(): JsonProblem {
    const found =
      this.at >= this.text.length ? "the text ends" : `there is ${JSON.stringify(this.text.charAt(this.at))}`;
    return new JsonProblem(`expected ${this.wanted}, but ${found}`, this.text, this.at);
  }
}
