// Reads one line of terminal output into styled spans: colours, weights, OSC 8 links, carriage-return
// overwriting. It makes no markup; drawing the spans is left to `drawLine.ts`. Every line starts plain, as
// on GitHub, so any line can be drawn without reading those before it.

import { webUrl } from "../webAddress";
import { visibleText } from "./controls";

/** A palette index (0–255), or `TRUECOLOR` plus 24 bits of RGB. */
export type Colour = number;

/** Marks a `Colour` as 24-bit RGB. */
export const TRUECOLOR = 0x1000000;

/** Flag of `Style.flags`: bold. */
export const BOLD = 1;
/** Flag: faint. */
export const DIM = 2;
/** Flag: italic. */
export const ITALIC = 4;
/** Flag: underlined, in whatever way. */
export const UNDERLINE = 8;
/** Flag: colours exchanged. */
export const INVERSE = 16;
/** Flag: text that a terminal would conceal; it is shown and marked. */
export const HIDDEN = 32;
/** Flag: struck out. */
export const STRIKE = 64;

/** How a span looks; null colours are the theme's own. */
export interface Style {
  readonly fg: Colour | null;
  readonly bg: Colour | null;
  readonly flags: number;
  /** An http or https address. */
  readonly link: string | null;
}

/** Text of one style, control characters already made visible. */
export interface Span {
  text: string;
  style: Style;
}

/** No style at all. */
export const PLAIN: Style = { fg: null, bg: null, flags: 0, link: null };

const ESC = 0x1b;
/** A cursor may not be sent further right than this; a hostile line must not make us pad for ever. */
const MAX_COLUMN = 4096;

/** True where a line can be shown as it is. */
function isSimple(line: string): boolean {
  for (let i = 0; i < line.length; i++) {
    const code = line.charCodeAt(i);
    if (code < 0x20 && code !== 0x09) return false;
  }
  return true;
}

/** Reads one line, without its line end, into spans in display order. Never throws. */
export function styleLine(line: string): Span[] {
  if (line === "") return [];
  if (isSimple(line)) return [{ text: visibleText(line), style: PLAIN }];
  const screen = needsCells(line) ? new Cells() : new Appender();
  feed(line, screen);
  return screen.spans();
}

/** The text a reader sees on a line: no escape sequences, overwritten parts gone. */
export function plainLine(line: string): string {
  if (isSimple(line)) return visibleText(line);
  let text = "";
  for (const span of styleLine(line)) text += span.text;
  return text;
}

interface Screen {
  write(text: string, style: Style): void;
  control(code: number): void;
  csi(params: string, final: string): void;
  spans(): Span[];
}

function needsCells(line: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: terminal sequences are made of them.
  return /[\r\b]|\u001b\[[0-9;]*[KGCD]/.test(line);
}

/** Output without cursor movement: spans in the order written. */
class Appender implements Screen {
  private readonly out: Span[] = [];

  write(text: string, style: Style): void {
    const last = this.out[this.out.length - 1];
    if (last && sameStyle(last.style, style)) last.text += text;
    else this.out.push({ text, style });
  }

  control(): void {}
  csi(): void {}

  spans(): Span[] {
    return this.out;
  }
}

/** Output with cursor movement on one line: a row of cells. */
class Cells implements Screen {
  private readonly chars: string[] = [];
  private readonly styles: Style[] = [];
  private column = 0;

  write(text: string, style: Style): void {
    for (const char of text) {
      while (this.chars.length < this.column) {
        this.chars.push(" ");
        this.styles.push(PLAIN);
      }
      this.chars[this.column] = char;
      this.styles[this.column] = style;
      this.column++;
    }
  }

  control(code: number): void {
    if (code === 0x0d) this.column = 0;
    else if (code === 0x08) this.column = Math.max(0, this.column - 1);
  }

  csi(params: string, final: string): void {
    const value = Number.parseInt(params, 10);
    const count = Number.isNaN(value) ? 1 : Math.max(1, value);
    if (final === "G") this.column = Math.min(count - 1, MAX_COLUMN);
    else if (final === "C") this.column = Math.max(this.column, Math.min(this.column + count, MAX_COLUMN));
    else if (final === "D") this.column = Math.max(0, this.column - count);
    else if (final === "K") this.erase(Number.isNaN(value) ? 0 : value);
  }

  private erase(mode: number): void {
    if (mode === 2) {
      this.chars.length = 0;
      this.styles.length = 0;
    } else if (mode === 1) {
      const end = Math.min(this.column + 1, this.chars.length);
      this.chars.fill(" ", 0, end);
      this.styles.fill(PLAIN, 0, end);
    } else {
      this.chars.length = Math.min(this.chars.length, this.column);
      this.styles.length = this.chars.length;
    }
  }

  spans(): Span[] {
    const out = new Appender();
    for (let i = 0; i < this.chars.length; i++) {
      out.write(this.chars[i] ?? "", this.styles[i] ?? PLAIN);
    }
    return out.spans();
  }
}

function sameStyle(a: Style, b: Style): boolean {
  return a === b || (a.fg === b.fg && a.bg === b.bg && a.flags === b.flags && a.link === b.link);
}

function feed(line: string, screen: Screen): void {
  let style = PLAIN;
  let at = 0;
  let textFrom = 0;
  const flush = (to: number) => {
    if (to > textFrom) screen.write(visibleText(line.slice(textFrom, to)), style);
  };
  while (at < line.length) {
    const code = line.charCodeAt(at);
    if (code === 0x0d || code === 0x08 || code === 0x07) {
      flush(at);
      screen.control(code);
      at++;
      textFrom = at;
    } else if (code === ESC) {
      const sequence = readSequence(line, at);
      if (sequence) {
        flush(at);
        if (sequence.kind === "csi") {
          if (sequence.final === "m") style = applySgr(style, sequence.params);
          else screen.csi(sequence.params, sequence.final);
        } else if (sequence.kind === "osc") {
          style = applyOsc(style, sequence.params);
        }
        at = sequence.end;
        textFrom = at;
      } else {
        // Unfinished or malformed: the escape sign and what follows stay visible.
        at++;
      }
    } else {
      at++;
    }
  }
  flush(line.length);
}

interface Sequence {
  kind: "csi" | "osc" | "other";
  params: string;
  final: string;
  end: number;
}

/** The complete sequence at `at` (an ESC), or null where it is unfinished or malformed. */
function readSequence(line: string, at: number): Sequence | null {
  const next = line.charCodeAt(at + 1);
  if (next === 0x5b) return readCsi(line, at + 2);
  if (next === 0x5d) return readString(line, at + 2, "osc");
  // DCS, SOS, PM, APC: strings for a terminal, nothing to show.
  if (next === 0x50 || next === 0x58 || next === 0x5e || next === 0x5f) return readString(line, at + 2, "other");
  let end = at + 1;
  while (line.charCodeAt(end) >= 0x20 && line.charCodeAt(end) <= 0x2f) end++;
  const final = line.charCodeAt(end);
  if (final >= 0x30 && final <= 0x7e) return { kind: "other", params: "", final: "", end: end + 1 };
  return null;
}

function readCsi(line: string, from: number): Sequence | null {
  let end = from;
  while (line.charCodeAt(end) >= 0x30 && line.charCodeAt(end) <= 0x3f) end++;
  const params = line.slice(from, end);
  while (line.charCodeAt(end) >= 0x20 && line.charCodeAt(end) <= 0x2f) end++;
  const final = line.charCodeAt(end);
  if (!(final >= 0x40 && final <= 0x7e)) return null;
  return { kind: "csi", params, final: line.charAt(end), end: end + 1 };
}

function readString(line: string, from: number, kind: "osc" | "other"): Sequence | null {
  for (let end = from; end < line.length; end++) {
    const code = line.charCodeAt(end);
    if (code === 0x07 || code === 0x9c) return { kind, params: line.slice(from, end), final: "", end: end + 1 };
    if (code === ESC) {
      if (line.charCodeAt(end + 1) !== 0x5c) return null;
      return { kind, params: line.slice(from, end), final: "", end: end + 2 };
    }
  }
  return null;
}

function applyOsc(style: Style, body: string): Style {
  if (!body.startsWith("8;")) return style;
  const uriFrom = body.indexOf(";", 2);
  if (uriFrom < 0) return style;
  return { ...style, link: webUrl(body.slice(uriFrom + 1)) };
}

function applySgr(style: Style, params: string): Style {
  // A leading ?, <, = or > makes a private sequence (xterm key modifiers), not a style.
  if (params !== "" && params.charCodeAt(0) >= 0x3c) return style;
  let { fg, bg, flags } = style;
  const parts = params.split(";");
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i] ?? "";
    const fields = part.split(":");
    const code = fields[0] === "" ? 0 : Number(fields[0]);
    if (code === 38 || code === 48) {
      let colour: Colour | null;
      if (fields.length > 1) {
        colour = colonColour(fields);
      } else {
        const mode = parts[i + 1];
        colour = semicolonColour(parts, i + 1);
        i += mode === "2" ? 4 : mode === "5" ? 2 : parts.length;
      }
      if (colour !== null) {
        if (code === 38) fg = colour;
        else bg = colour;
      }
    } else if (code === 0) {
      fg = null;
      bg = null;
      flags = 0;
    } else if (code === 4 && fields.length > 1) {
      flags = fields[1] === "0" ? flags & ~UNDERLINE : flags | UNDERLINE;
    } else if (code >= 30 && code <= 37) fg = code - 30;
    else if (code === 39) fg = null;
    else if (code >= 40 && code <= 47) bg = code - 40;
    else if (code === 49) bg = null;
    else if (code >= 90 && code <= 97) fg = code - 82;
    else if (code >= 100 && code <= 107) bg = code - 92;
    else flags = applyFlag(flags, code);
  }
  return { fg, bg, flags, link: style.link };
}

const SET: Record<number, number> = {
  1: BOLD,
  2: DIM,
  3: ITALIC,
  4: UNDERLINE,
  7: INVERSE,
  8: HIDDEN,
  9: STRIKE,
  21: UNDERLINE,
};
const UNSET: Record<number, number> = {
  22: BOLD | DIM,
  23: ITALIC,
  24: UNDERLINE,
  27: INVERSE,
  28: HIDDEN,
  29: STRIKE,
};

function applyFlag(flags: number, code: number): number {
  return (flags | (SET[code] ?? 0)) & ~(UNSET[code] ?? 0);
}

function byte(text: string | undefined): number | null {
  if (text === undefined || !/^\d{0,3}$/.test(text)) return null;
  const value = Number(text);
  return value <= 255 ? value : null;
}

function rgb(r: string | undefined, g: string | undefined, b: string | undefined): Colour | null {
  const red = byte(r);
  const green = byte(g);
  const blue = byte(b);
  if (red === null || green === null || blue === null) return null;
  return TRUECOLOR | (red << 16) | (green << 8) | blue;
}

/** `38;5;n` and `38;2;r;g;b`. */
function semicolonColour(parts: string[], at: number): Colour | null {
  if (parts[at] === "5") return byte(parts[at + 1]);
  if (parts[at] === "2") return rgb(parts[at + 1], parts[at + 2], parts[at + 3]);
  return null;
}

/** `38:5:n`, `38:2:r:g:b` and, with a colour space, `38:2:space:r:g:b`. */
function colonColour(fields: string[]): Colour | null {
  if (fields[1] === "5") return byte(fields[2]);
  if (fields[1] !== "2") return null;
  const from = fields.length >= 6 ? 3 : 2;
  return rgb(fields[from], fields[from + 1], fields[from + 2]);
}

// The six steps of a channel in the 6 × 6 × 6 cube.
const CUBE = [0, 95, 135, 175, 215, 255];

/** The RGB of palette index 16–255; the first 16 belong to the theme and stay classes. */
export function paletteRgb(index: number): number {
  if (index >= 232) {
    const grey = 8 + (index - 232) * 10;
    return (grey << 16) | (grey << 8) | grey;
  }
  const cube = index - 16;
  const r = CUBE[Math.floor(cube / 36)] ?? 0;
  const g = CUBE[Math.floor(cube / 6) % 6] ?? 0;
  const b = CUBE[cube % 6] ?? 0;
  return (r << 16) | (g << 8) | b;
}
