// Draws one line of a log into an element, with text nodes and classes alone: no markup is ever parsed, and
// colours that no class can name are set as custom properties.

import { plural } from "../format";
import {
  BOLD,
  type Colour,
  DIM,
  HIDDEN,
  INVERSE,
  ITALIC,
  paletteRgb,
  type Span,
  STRIKE,
  type Style,
  styleLine,
  TRUECOLOR,
  UNDERLINE,
} from "./ansi";
import type { Line } from "./logText";
import { COMMAND, DEBUG, ENDGROUP, ERROR, GROUP, type LineKind, NOTICE, SECTION, WARNING } from "./prefix";
import { matchRanges } from "./search";

/** What else there is to show with a line. */
export interface LineLook {
  /** What stands in the margin. */
  number: string;
  /** The address of the line, or null where it has none. */
  href: string | null;
  /** Whether the line opens a group, and whether that is folded. */
  fold: "open" | "folded" | null;
  /** How many lines are folded away. */
  foldedLines: number;
  inGroup: boolean;
  selected: boolean;
  current: boolean;
  /** Whether the reader has marked it. */
  marked: boolean;
  pattern: RegExp | null;
}

const KIND_CLASS: Record<LineKind, string> = {
  [GROUP]: "is-group",
  [ENDGROUP]: "is-debug",
  [ERROR]: "is-error",
  [WARNING]: "is-warning",
  [NOTICE]: "is-notice",
  [DEBUG]: "is-debug",
  [COMMAND]: "is-command",
  [SECTION]: "is-section",
};

const KIND_LABEL: Record<LineKind, string> = {
  [ERROR]: "Error: ",
  [WARNING]: "Warning: ",
  [NOTICE]: "Notice: ",
  [DEBUG]: "Debug: ",
};

const FLAG_CLASSES: [flag: number, name: string][] = [
  [BOLD, "a-bold"],
  [DIM, "a-dim"],
  [ITALIC, "a-italic"],
  [UNDERLINE, "a-underline"],
  [STRIKE, "a-strike"],
  [HIDDEN, "a-hidden"],
];

/** Draws `line` into `row`, reusing what an earlier line left there. Answers its width in columns. */
export function drawLine(row: HTMLElement, line: Line, look: LineLook): number {
  const { number, time, text } = partsOf(row);
  let className = "row-list-row log-row";
  const kindClass = KIND_CLASS[line.kind];
  if (kindClass) className += ` ${kindClass}`;
  if (look.inGroup) className += " is-inside";
  if (look.selected) className += " is-selected";
  if (look.current) className += " is-current";
  if (look.marked) className += " is-marked";
  if (row.className !== className) row.className = className;

  number.textContent = look.number;
  if (look.href === null) number.removeAttribute("href");
  else number.setAttribute("href", look.href);
  time.textContent = line.time === "" ? "" : line.time.slice(0, 23).replace(/Z$/, "");
  time.title = line.time;

  const spans = styleLine(line.text);
  const nodes: Node[] = [];
  if (look.fold) nodes.push(foldButton(look.fold));
  const label = KIND_LABEL[line.kind];
  if (label) nodes.push(element("b", "log-label", label));
  drawSpans(nodes, spans, look.pattern);
  if (look.fold === "folded") nodes.push(element("i", "log-note", `  ${plural(look.foldedLines, "line")}`));
  if (line.cutBytes > 0) {
    nodes.push(element("i", "log-note", ` … ${line.cutBytes.toLocaleString("en")} more bytes on this line`));
  }
  const only = nodes.length === 1 ? nodes[0] : undefined;
  if (only instanceof Text && text.firstChild instanceof Text && text.childNodes.length === 1) {
    text.firstChild.data = only.data;
  } else {
    text.replaceChildren(...nodes);
  }
  return columnsOf(spans);
}

/** Draws the place of a line that has not come yet. */
export function drawMissing(row: HTMLElement, look: LineLook): void {
  const { number, time, text } = partsOf(row);
  row.className = `row-list-row log-row is-missing${look.selected ? " is-selected" : ""}`;
  number.textContent = look.number;
  number.removeAttribute("href");
  time.textContent = "";
  text.replaceChildren(element("span", "log-missing"));
}

interface Parts {
  number: HTMLAnchorElement;
  time: HTMLElement;
  text: HTMLElement;
}

const known = new WeakMap<HTMLElement, Parts>();

function partsOf(row: HTMLElement): Parts {
  const parts = known.get(row);
  if (parts) return parts;
  const number = document.createElement("a");
  number.className = "log-number";
  number.tabIndex = -1;
  const time = element("span", "log-time");
  const text = element("span", "log-text");
  row.replaceChildren(number, time, text);
  const made = { number, time, text };
  known.set(row, made);
  return made;
}

function element(name: string, className: string, text = ""): HTMLElement {
  const made = document.createElement(name);
  made.className = className;
  made.textContent = text;
  return made;
}

function foldButton(fold: "open" | "folded"): HTMLElement {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "log-fold";
  button.tabIndex = -1;
  button.setAttribute("aria-expanded", String(fold === "open"));
  button.setAttribute("aria-label", fold === "open" ? "Fold this group" : "Unfold this group");
  return button;
}

function drawSpans(nodes: Node[], spans: Span[], pattern: RegExp | null): void {
  if (!pattern || spans.length === 0) {
    for (const span of spans) nodes.push(spanNode(span.text, span.style, false));
    return;
  }
  const text = spans.length === 1 ? (spans[0]?.text ?? "") : spans.map((span) => span.text).join("");
  const ranges = matchRanges(text, pattern);
  let range = 0;
  let offset = 0;
  for (const span of spans) {
    const end = offset + span.text.length;
    let at = offset;
    while (at < end) {
      while ((ranges[range]?.[1] ?? Number.POSITIVE_INFINITY) <= at) range++;
      const [from, to] = ranges[range] ?? [end, end];
      const marked = from <= at;
      const stop = Math.min(end, marked ? to : from);
      nodes.push(spanNode(span.text.slice(at - offset, stop - offset), span.style, marked));
      at = stop;
    }
    offset = end;
  }
}

function spanNode(text: string, style: Style, marked: boolean): Node {
  const plain = style.fg === null && style.bg === null && style.flags === 0 && style.link === null;
  if (plain && !marked) return document.createTextNode(text);
  const made = element(marked ? "mark" : "span", "", text);
  if (!plain) applyStyle(made, style);
  if (style.link === null) return made;
  const link = document.createElement("a");
  link.href = style.link;
  link.target = "_blank";
  link.rel = "noopener noreferrer ugc nofollow";
  link.title = style.link;
  link.className = "log-link";
  link.append(made);
  return link;
}

function applyStyle(made: HTMLElement, style: Style): void {
  let { fg, bg, flags } = style;
  if (flags & INVERSE && fg !== null) [fg, bg] = [bg, fg];
  const classes: string[] = [];
  if (isLost(fg, bg)) {
    flags |= HIDDEN;
  } else if (flags & INVERSE && fg === null && bg === null) {
    classes.push("a-inverse");
  } else {
    if (fg !== null) classes.push(paint(made, fg, "fg"));
    if (bg !== null) classes.push(paint(made, bg, "bg"));
    if (fg === null && bg !== null && bg >= 16) classes.push(isLight(rgbOf(bg)) ? "a-on-light" : "a-on-dark");
  }
  for (const [flag, name] of FLAG_CLASSES) if (flags & flag) classes.push(name);
  made.className = classes.join(" ");
}

/** The class that gives `made` a colour; beyond the theme's sixteen the colour itself goes into a custom property. */
function paint(made: HTMLElement, colour: Colour, side: "fg" | "bg"): string {
  if (colour < 16) return `a-${side}-${colour}`;
  made.style.setProperty(`--span-${side}`, `#${rgbOf(colour).toString(16).padStart(6, "0")}`);
  return `a-${side}-rgb`;
}

function rgbOf(colour: Colour): number {
  return colour >= TRUECOLOR ? colour - TRUECOLOR : paletteRgb(colour);
}

function isLight(rgb: number): boolean {
  return ((rgb >> 16) & 255) * 0.299 + ((rgb >> 8) & 255) * 0.587 + (rgb & 255) * 0.114 > 140;
}

/** Text on a ground of its own colour: hidden by another name, so it is shown the same way. */
function isLost(fg: Colour | null, bg: Colour | null): boolean {
  if (fg === null || bg === null) return false;
  if (fg < 16 || bg < 16) return fg === bg;
  const a = rgbOf(fg);
  const b = rgbOf(bg);
  const distance = (shift: number) => Math.abs(((a >> shift) & 255) - ((b >> shift) & 255));
  return distance(16) + distance(8) + distance(0) < 48;
}

function columnsOf(spans: Span[]): number {
  let columns = 0;
  for (const { text } of spans) {
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      columns += code === 9 ? 8 : code < 0x1100 ? 1 : 2;
    }
  }
  return columns;
}
