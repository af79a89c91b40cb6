// The lines of source that a runner or compiler prints around a failure, read out of its text. Pure.
import { plainText } from "./stack";

/** One printed line of source; `number` is null where the runner counts none. */
export interface CodeLine {
  number: number | null;
  text: string;
  /** The line that failed. */
  isMarked: boolean;
  /** Not source: the runner's own marks below a line. */
  isNote: boolean;
}

/** The excerpt, and where it is from as far as the text says. */
export interface CodeFrame {
  file: string | null;
  lines: CodeLine[];
  /** The text it was read from, without it. */
  rest: string;
}

const numbered = /^\s*(>?)\s*(\d{1,7})\s*\|\s?(.*)$/;
const noteLine = /^\s*\|\s?(.*)$/;
const places: RegExp[] = [
  /-->\s*(\S+?):\d+(?::\d+)?\s*$/,
  /❯\s+(?:.*\s)?\(?(\S+?):\d+:\d+\)?\s*$/,
  /^\s*at\s+(?:.*\()?(\S+?):\d+:\d+\)?\s*$/,
];

function placeIn(line: string): string | null {
  for (const place of places) {
    const file = place.exec(line)?.[1];
    if (file) return file;
  }
  return null;
}

function placeNear(lines: string[], from: number, to: number): string | null {
  for (const line of lines.slice(Math.max(0, from - 2), from).reverse()) {
    const file = placeIn(line);
    if (file) return file;
  }
  return placeIn(lines.slice(to).find((line) => line.trim() !== "") ?? "");
}

/** "  40 | code", "> 41 | code" and the marks below: Playwright, Jest, Vitest, rustc and their like. */
function numberedFrame(lines: string[]): CodeFrame | null {
  const from = lines.findIndex((line) => numbered.test(line));
  if (from === -1) return null;
  let to = from;
  const found: CodeLine[] = [];
  for (const line of lines.slice(from)) {
    const [, mark, number, text] = numbered.exec(line) ?? [];
    const note = number === undefined ? noteLine.exec(line)?.[1] : undefined;
    if (number !== undefined)
      found.push({ number: Number(number), text: text ?? "", isMarked: mark === ">", isNote: false });
    else if (note !== undefined) found.push({ number: null, text: note, isMarked: false, isNote: true });
    else break;
    to++;
  }
  while (found.at(-1)?.isNote && found.at(-1)?.text.trim() === "") found.pop();
  if (!found.some((line) => line.isMarked)) {
    // Where no line is marked, the one above the first "^" is meant.
    const note = found.findIndex((line) => line.isNote && line.text.includes("^"));
    const above = found.slice(0, Math.max(0, note)).findLast((line) => !line.isNote);
    if (above) above.isMarked = true;
  }
  if (found.filter((line) => !line.isNote).length < 2 && !found.some((line) => line.isMarked)) return null;
  const rest = [
    ...lines.slice(0, from).filter((line, index) => !(index === from - 1 && /^\s*\|\s*$/.test(line))),
    ...lines.slice(to),
  ];
  return { file: placeNear(lines, from, to), lines: found, rest: rest.join("\n") };
}

/** pytest's excerpt: "    code", ">   code", "E   what was wrong", and the place below. */
function pytestFrame(lines: string[]): CodeFrame | null {
  const at = lines.findIndex((line) => /^>\s{2,}\S/.test(line));
  const isNote = (line: string) => /^E\s/.test(line);
  if (at === -1 || !lines.slice(at + 1).some(isNote)) return null;
  let from = at;
  while (from > 0 && /^ {4}/.test(lines[from - 1] ?? "")) from--;
  let to = at + 1;
  while (isNote(lines[to] ?? "") || /^ {4}/.test(lines[to] ?? "")) to++;
  const place = /^(\S+):(\d+):/.exec(lines.slice(to).find((line) => line.trim() !== "") ?? "");
  const ofMarked = place ? Number(place[2]) : null;
  return {
    file: place?.[1] ?? null,
    lines: lines.slice(from, to).map((line, index) => ({
      number: isNote(line) || ofMarked === null || from + index > at ? null : ofMarked - (at - from - index),
      text: line.slice(4),
      isMarked: from + index === at,
      isNote: isNote(line),
    })),
    rest: [...lines.slice(0, from), ...lines.slice(to)].join("\n"),
  };
}

/** The first excerpt of source in a text; null where there is none. */
export function codeFrameIn(text: string): CodeFrame | null {
  const lines = plainText(text).split("\n");
  return numberedFrame(lines) ?? pytestFrame(lines);
}
