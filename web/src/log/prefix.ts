// Reads what GitHub puts before the text of a log line: a byte-order mark, a time stamp, a marker such as
// `##[error]`. Works on bytes, so that half a million lines can be classified without decoding them.

/** What a line is: one of the constants below, small enough for a byte. */
export type LineKind = number;

/** A line without a marker. */
export const PLAIN_LINE = 0;
/** `##[group]`, the title of a fold. */
export const GROUP = 1;
/** `##[endgroup]`. */
export const ENDGROUP = 2;
/** `##[error]`. */
export const ERROR = 3;
/** `##[warning]`. */
export const WARNING = 4;
/** `##[notice]`. */
export const NOTICE = 5;
/** `##[debug]`. */
export const DEBUG = 6;
/** `##[command]` or `[command]`. */
export const COMMAND = 7;
/** `##[section]`. */
export const SECTION = 8;

/** Where the parts of a line lie, as byte offsets. `timeEnd` equals `timeStart` where there is no time stamp. */
export interface Prefix {
  timeStart: number;
  timeEnd: number;
  kind: LineKind;
  textStart: number;
}

const MARKERS: [name: string, kind: LineKind][] = [
  ["group]", GROUP],
  ["endgroup]", ENDGROUP],
  ["error]", ERROR],
  ["warning]", WARNING],
  ["notice]", NOTICE],
  ["debug]", DEBUG],
  ["command]", COMMAND],
  ["section]", SECTION],
];
const MARKER_BYTES = MARKERS.map(([name, kind]) => ({ bytes: new TextEncoder().encode(name), kind }));

const HASH = 0x23;
const OPEN = 0x5b;

/** A `Prefix` to hand to `readPrefix`, which fills it in. */
export function emptyPrefix(): Prefix {
  return { timeStart: 0, timeEnd: 0, kind: PLAIN_LINE, textStart: 0 };
}

/**
 * Reads the prefix of the line in `bytes[start, end)` into `out`. Without `github` only a byte-order mark is
 * skipped, since `##[error]` in an ordinary text is text.
 */
export function readPrefix(bytes: Uint8Array, start: number, end: number, github: boolean, out: Prefix): void {
  let at = skipBom(bytes, start, end);
  out.timeStart = at;
  out.timeEnd = at;
  out.kind = PLAIN_LINE;
  if (github) {
    const timeEnd = timeStampEnd(bytes, at, end);
    if (timeEnd > at) {
      out.timeEnd = timeEnd;
      at = timeEnd < end ? timeEnd + 1 : timeEnd;
      at = skipBom(bytes, at, end);
    }
    at = readMarker(bytes, at, end, out);
  }
  out.textStart = at;
}

function skipBom(bytes: Uint8Array, at: number, end: number): number {
  return at + 3 <= end && bytes[at] === 0xef && bytes[at + 1] === 0xbb && bytes[at + 2] === 0xbf ? at + 3 : at;
}

function readMarker(bytes: Uint8Array, at: number, end: number, out: Prefix): number {
  const first = bytes[at];
  let name = at;
  if (first === HASH && bytes[at + 1] === HASH && bytes[at + 2] === OPEN) name = at + 3;
  else if (first === OPEN) name = at + 1;
  else return at;
  for (const marker of MARKER_BYTES) {
    // The runner writes `[command]` without the hashes, and only that one.
    if (name === at + 1 && marker.kind !== COMMAND) continue;
    if (startsWith(bytes, name, end, marker.bytes)) {
      out.kind = marker.kind;
      return name + marker.bytes.length;
    }
  }
  return at;
}

function startsWith(bytes: Uint8Array, at: number, end: number, word: Uint8Array): boolean {
  if (at + word.length > end) return false;
  for (let i = 0; i < word.length; i++) if (bytes[at + i] !== word[i]) return false;
  return true;
}

// 2021-04-05T15:42:49.0020645Z, the digits after the point being optional. 0 stands for a digit.
const TIME_SHAPE = new TextEncoder().encode("0000-00-00T00:00:00");

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}

/** The end of the time stamp that starts at `at` and is followed by a space or the line end; `at` where there is none. */
export function timeStampEnd(bytes: Uint8Array, at: number, end: number): number {
  if (at + TIME_SHAPE.length >= end || !isDigit(bytes[at])) return at;
  for (let i = 0; i < TIME_SHAPE.length; i++) {
    const want = TIME_SHAPE[i];
    const got = bytes[at + i];
    if (want === 0x30 ? !isDigit(got) : got !== want) return at;
  }
  let stop = at + TIME_SHAPE.length;
  if (bytes[stop] === 0x2e) {
    stop++;
    while (stop < end && isDigit(bytes[stop])) stop++;
  }
  if (stop >= end || bytes[stop] !== 0x5a) return at;
  stop++;
  return stop === end || bytes[stop] === 0x20 ? stop : at;
}

/** Whether a text that begins with `bytes` is a log of GitHub Actions: one of its first lines carries a time stamp or a marker. */
export function looksLikeJobLog(bytes: Uint8Array): boolean {
  const prefix = emptyPrefix();
  const end = Math.min(bytes.length, 64 * 1024);
  let start = 0;
  for (let line = 0; line < 5 && start < end; line++) {
    const newline = bytes.indexOf(0x0a, start);
    const stop = newline < 0 || newline > end ? end : newline;
    readPrefix(bytes, start, stop, true, prefix);
    if (prefix.timeEnd > prefix.timeStart || (prefix.kind !== PLAIN_LINE && prefix.kind !== COMMAND)) return true;
    start = stop + 1;
  }
  return false;
}
