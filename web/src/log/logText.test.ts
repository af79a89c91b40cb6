import { describe, expect, it } from "vitest";
import { type LogSyntax, LogText, MAX_LINE_BYTES } from "./logText";
import { COMMAND, ENDGROUP, ERROR, GROUP, looksLikeJobLog, NOTICE, PLAIN_LINE, SECTION, WARNING } from "./prefix";
import { groupOf, Rows } from "./rows";

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function read(text: string | Uint8Array, syntax: LogSyntax = "plain", chunk = Number.POSITIVE_INFINITY): LogText {
  const all = typeof text === "string" ? bytes(text) : text;
  const log = new LogText(syntax);
  for (let at = 0; at < all.length; at += chunk) log.append(all.subarray(at, at + chunk));
  log.finish();
  return log;
}

function texts(log: LogText): string[] {
  return Array.from({ length: log.lineCount }, (_, line) => log.line(line).text);
}

const lineTable: [name: string, text: string, lines: string[]][] = [
  ["nothing", "", []],
  ["one line end", "\n", [""]],
  ["a last line without end", "a\nb", ["a", "b"]],
  ["a last line with end", "a\nb\n", ["a", "b"]],
  ["empty lines", "\n\na\n\n", ["", "", "a", ""]],
  ["CRLF", "a\r\nb\r\n", ["a", "b"]],
  ["CRLF, last line without end", "a\r\nb\r", ["a", "b"]],
  ["mixed ends, inner carriage returns stay", "a\rb\r\nc\n", ["a\rb", "c"]],
  ["a mark on every line", "\ufeffa\n\ufeffb\nc", ["a", "b", "c"]],
  ["only a mark", "\ufeff", [""]],
  ["text beyond ASCII", "héllo\n日本\n😀", ["héllo", "日本", "😀"]],
];

describe("lines", () => {
  it.each(lineTable)("%s", (_name, text, lines) => {
    expect(texts(read(text))).toEqual(lines);
  });

  it.each(lineTable)("%s, byte by byte", (_name, text, lines) => {
    expect(texts(read(text, "plain", 1))).toEqual(lines);
    expect(texts(read(text, "auto", 1))).toEqual(lines);
  });

  it("shows the finished lines while bytes arrive", () => {
    const log = new LogText("plain");
    log.append(bytes("a\nb\nc"));
    expect(texts(log)).toEqual(["a", "b"]);
    log.append(bytes("c\n"));
    expect(texts(log)).toEqual(["a", "b", "cc"]);
  });

  it("survives bytes that are not UTF-8", () => {
    expect(texts(read(new Uint8Array([0x61, 0xff, 0xfe, 0x0a, 0x62])))).toEqual(["a\ufffd\ufffd", "b"]);
  });

  it("cuts a very long line and says by how much", () => {
    const log = read(`x\n${"a".repeat(MAX_LINE_BYTES + 7)}\ny`);
    expect(log.line(1).text.length).toBe(MAX_LINE_BYTES);
    expect(log.line(1).cutBytes).toBe(7);
    expect(log.line(2)).toMatchObject({ text: "y", cutBytes: 0 });
    expect(log.visibleLine(1).length).toBe(MAX_LINE_BYTES + 7);
  });

  it("indexes half a million lines", () => {
    const log = read("0123456789 some text of a usual length\n".repeat(500_000));
    expect(log.lineCount).toBe(500_000);
    expect(log.line(499_999).text).toBe("0123456789 some text of a usual length");
  });
});

const STAMP = "2026-07-29T04:35:58.8546573Z";

describe("prefixes of GitHub", () => {
  it.each([
    ["a time stamp", `${STAMP} hello`, STAMP, PLAIN_LINE, "hello"],
    ["a time stamp without fraction", "2026-07-29T04:35:58Z hello", "2026-07-29T04:35:58Z", PLAIN_LINE, "hello"],
    ["an empty line", `${STAMP} `, STAMP, PLAIN_LINE, ""],
    ["a time stamp alone", STAMP, STAMP, PLAIN_LINE, ""],
    ["a mark before the time stamp", `\ufeff${STAMP} hello`, STAMP, PLAIN_LINE, "hello"],
    ["a mark after the time stamp", `${STAMP} \ufeff##[error]no`, STAMP, ERROR, "no"],
    ["leading spaces stay", `${STAMP}   indented`, STAMP, PLAIN_LINE, "  indented"],
    ["not quite a time stamp", "2026-07-29T04:35:58.85Zx hello", "", PLAIN_LINE, "2026-07-29T04:35:58.85Zx hello"],
    ["group", `${STAMP} ##[group]Set up`, STAMP, GROUP, "Set up"],
    ["endgroup", "##[endgroup]", "", ENDGROUP, ""],
    ["warning", "##[warning]careful", "", WARNING, "careful"],
    ["notice", "##[notice]well", "", NOTICE, "well"],
    ["section", "##[section]Starting", "", SECTION, "Starting"],
    ["command with hashes", "##[command]git", "", COMMAND, "git"],
    ["command without", "[command]git", "", COMMAND, "git"],
    ["other brackets are text", "[error]no", "", PLAIN_LINE, "[error]no"],
    ["unknown markers are text", "##[add-mask]***", "", PLAIN_LINE, "##[add-mask]***"],
    ["a marker inside a line is text", "see ##[error]", "", PLAIN_LINE, "see ##[error]"],
  ])("%s", (_name, text, time, kind, message) => {
    expect(read(text, "github").line(0)).toEqual({ time, kind, text: message, cutBytes: 0 });
  });

  it("are text in an ordinary file", () => {
    expect(read("##[error]no").line(0)).toMatchObject({ kind: PLAIN_LINE, text: "##[error]no" });
  });

  it("are found out from the first lines", () => {
    expect(looksLikeJobLog(bytes(`#=SOURCE=# x\n${STAMP} a\n`))).toBe(true);
    expect(looksLikeJobLog(bytes("##[group]a\n"))).toBe(true);
    expect(looksLikeJobLog(bytes("hello\nworld\n"))).toBe(false);
    expect(read(`${STAMP} a`, "auto").line(0).text).toBe("a");
    expect(read("##[error]a\n".repeat(1000), "auto").errors.length).toBe(1000);
  });
});

const GROUPED = [
  "a",
  "##[group]G",
  "b",
  "##[error]c",
  "##[endgroup]",
  "d",
  "##[group]H",
  "e",
  "##[group]I",
  "f",
  "##[endgroup]",
  "##[endgroup]",
  "g",
].join("\n");

describe("groups", () => {
  const log = read(GROUPED, "github");

  it("end at their end marker, at the next group or at the end of the text", () => {
    expect(log.groups).toEqual([
      { first: 1, last: 4, closed: true, errors: 1 },
      { first: 6, last: 7, closed: false, errors: 0 },
      { first: 8, last: 10, closed: true, errors: 0 },
    ]);
    expect(read("##[group]G\na\nb", "github").groups).toEqual([{ first: 0, last: 2, closed: false, errors: 0 }]);
  });

  it("are found by line", () => {
    expect(groupOf(log.groups, 0)).toBeNull();
    expect(groupOf(log.groups, 1)?.first).toBe(1);
    expect(groupOf(log.groups, 4)?.first).toBe(1);
    expect(groupOf(log.groups, 5)).toBeNull();
    expect(groupOf(log.groups, 9)?.first).toBe(8);
    expect(groupOf(log.groups, 12)).toBeNull();
  });

  it("hide their lines when folded, and their end markers always", () => {
    const rows = Rows.folded(log.lineCount, log.groups, (group) => group.first === 1);
    expect(Array.from({ length: rows.count }, (_, row) => rows.lineAt(row))).toEqual([0, 1, 5, 6, 7, 8, 9, 11, 12]);
    expect(rows.hidden).toBe(2);
    expect(rows.rowOf(5)).toBe(2);
    expect(rows.rowOf(3)).toBe(2);
    expect(rows.isOnView(3)).toBe(false);
    expect(rows.isOnView(12)).toBe(true);
    expect(rows.rowOf(99)).toBe(8);
  });
});

describe("rows", () => {
  it("are all lines without folds", () => {
    const rows = Rows.folded(5, [], () => true);
    expect(rows.count).toBe(5);
    expect(rows.lineAt(3)).toBe(3);
    expect(rows.rowOf(9)).toBe(4);
    expect(rows.hidden).toBe(0);
  });

  it("can be a selection of lines", () => {
    const rows = Rows.only(Uint32Array.of(2, 5, 9), 12);
    expect(rows.rowOf(5)).toBe(1);
    expect(rows.rowOf(6)).toBe(2);
    expect(rows.hidden).toBe(9);
  });
});

describe("copying", () => {
  it("takes what is seen", () => {
    const log = read(`${STAMP} \u001b[31mred\u001b[0m\n${STAMP} ##[error]bad\n`, "github");
    return expect(log.copyText(0, 9)).resolves.toBe("red\nbad");
  });
});
