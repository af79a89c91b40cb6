// What an assertion wanted and what it got, read out of its message; runners write it in a dozen ways. Pure.
import { plainText } from "./stack";

/** Both sides of an assertion, as texts, under the names its runner gives them. */
export interface Expectation {
  expectedLabel: string;
  expected: string;
  receivedLabel: string;
  received: string;
}

const expectedWords = /^\s*(Expected(?: \w+)?|expected(?: value)?)\s*:\s*(.*)$/;
const receivedWords = /^\s*(Received(?: \w+)?|Actual|actual|But was|Got|got)\s*:\s*(.*)$/;
const longest = 20_000;

/** Lines that go on below a label: up to an empty line or the next label. */
function valueFrom(lines: string[], at: number, first: string): string {
  if (first.trim() !== "") {
    const rest: string[] = [];
    // A value that opens a bracket goes on until the line that closes it.
    if (/[[{(]\s*$/.test(first)) {
      for (const line of lines.slice(at + 1)) {
        if (line.trim() === "" || receivedWords.test(line) || expectedWords.test(line)) break;
        rest.push(line);
      }
    }
    return [first, ...rest].join("\n").trimEnd();
  }
  const below: string[] = [];
  for (const line of lines.slice(at + 1)) {
    if (line.trim() === "" || receivedWords.test(line) || expectedWords.test(line)) break;
    below.push(line);
  }
  return below.join("\n").trimEnd();
}

/** `Expected: …` and `Received: …`, on lines of their own. */
function labelled(lines: string[]): Expectation | null {
  const at = lines.findIndex((line) => expectedWords.test(line));
  if (at === -1) return null;
  const other = lines.findIndex((line, index) => index !== at && receivedWords.test(line));
  if (other === -1) return null;
  const [, expectedLabel = "", expected = ""] = expectedWords.exec(lines[at] ?? "") ?? [];
  const [, receivedLabel = "", received = ""] = receivedWords.exec(lines[other] ?? "") ?? [];
  return {
    expectedLabel,
    expected: valueFrom(lines, at, expected),
    receivedLabel,
    received: valueFrom(lines, other, received),
  };
}

/** A difference in lines below `- Expected` and `+ Received`, or node's `+ actual - expected`. */
function unified(lines: string[]): Expectation | null {
  const isHead = (line: string) =>
    /^\s*- Expected\b/.test(line) || /^\s*\+ Received\b/.test(line) || /^\s*\+ actual - expected/.test(line);
  const heads = lines.map((line, index) => (isHead(line) ? index : -1)).filter((index) => index !== -1);
  const last = heads.at(-1);
  if (last === undefined) return null;
  const expected: string[] = [];
  const received: string[] = [];
  let differs = false;
  for (const line of lines.slice(last + 1)) {
    if (/^\s*(at |❯ )/.test(line)) break;
    // "@@ -1,5 +1,5 @@" only says where.
    if (/^\s*@@.*@@/.test(line)) continue;
    if (line.startsWith("-")) expected.push(line.slice(1).replace(/^ /, ""));
    else if (line.startsWith("+")) received.push(line.slice(1).replace(/^ /, ""));
    else if (expected.length + received.length > 0 || line.trim() !== "") {
      expected.push(line.replace(/^ {1,2}/, ""));
      received.push(line.replace(/^ {1,2}/, ""));
    }
    differs ||= /^[-+]/.test(line);
  }
  if (!differs) return null;
  const tidy = (side: string[]) => side.join("\n").trimEnd();
  return { expectedLabel: "Expected", expected: tidy(expected), receivedLabel: "Received", received: tidy(received) };
}

const sentences: [pattern: RegExp, order: "expected first" | "received first", labels: [string, string]][] = [
  [/expected:\s?<([\s\S]*?)> but was:\s?<([\s\S]*?)>(?=\s|$)/, "expected first", ["Expected", "But was"]],
  [/\bexpected \[([\s\S]*?)\] but found \[([\s\S]*?)\]/, "expected first", ["Expected", "Found"]],
  [
    /^(?:\w*Error: )?expected (.+?) to (?:deeply |strictly |loosely )?(?:be|equal|match)(?: deeply equal)? (.+?)(?: \/\/ .*)?$/m,
    "received first",
    ["Expected", "Received"],
  ],
  [/^\s*left: (.+)\n\s*right: (.+)$/m, "expected first", ["Left", "Right"]],
  [/^(?:E\s+)?(?:AssertionError: )?assert (.+?) == (.+)$/m, "expected first", ["Left", "Right"]],
];

function said(text: string): Expectation | null {
  for (const [pattern, order, [expectedLabel, receivedLabel]] of sentences) {
    const [, first, second] = pattern.exec(text) ?? [];
    if (first === undefined || second === undefined) continue;
    const [expected, received] = order === "expected first" ? [first, second] : [second, first];
    return { expectedLabel, expected, receivedLabel, received };
  }
  return null;
}

/** The two sides; null where the message does not tell them, or they are the same. */
export function expectationIn(message: string): Expectation | null {
  const text = plainText(message).slice(0, longest);
  const lines = text.split("\n");
  const found = unified(lines) ?? labelled(lines) ?? said(text);
  if (!found || (found.expected === "" && found.received === "") || found.expected === found.received) return null;
  return found;
}
