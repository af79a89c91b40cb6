import { describe, expect, it } from "vitest";
import { readDiff } from "./diff/unified";
import { charactersText, offsetText, parseOffset, valuesText } from "./hex/hexRows";
import { fileAt } from "./markdown/links";
import { laidOut, matching, recordsIn } from "./ndjson/records";

describe("references in a hostile text", () => {
  it("W10 find files of the same artifact only", () => {
    const from = { path: "docs/guide/README.md", artifactId: 1 };
    const files = [
      { path: "docs/img/a b.png", artifactId: 1 },
      { path: "top.md", artifactId: 1 },
      { path: "docs/guide/other.md", artifactId: 2 },
    ];
    expect(fileAt(from, "../img/a%20b.png?raw=1", files)).toBe(files[0]);
    expect(fileAt(from, "/top.md#part", files)).toBe(files[1]);
    expect(fileAt(from, "../../../../top.md", files)).toBe(files[1]);
    expect(fileAt(from, "other.md", files)).toBeNull();
    for (const href of ["https://x/top.md", "//x/top.md", "#top.md", "%E0%A4%A", undefined]) {
      expect(fileAt(from, href, files)).toBeNull();
    }
  });
});

describe("a unified diff", () => {
  it("numbers both sides and counts by file", () => {
    const text = [
      "diff --git a/x/one.ts b/x/one.ts",
      "index 1..2 100644",
      "--- a/x/one.ts",
      "+++ b/x/one.ts",
      "@@ -10,3 +10,3 @@ function x() {",
      " same",
      "--- looks like a header",
      "+++ so does this",
      " end",
      "--- a/two.txt\t2024-01-01",
      "+++ b/two.txt",
      "@@ -1 +1,2 @@",
      "-a",
      "+b",
      "+c",
      "\\ No newline at end of file",
      "",
    ].join("\n");
    const { lines, files } = readDiff(text);
    expect(files).toEqual([
      { name: "x/one.ts", row: 0, added: 1, removed: 1 },
      { name: "two.txt", row: 9, added: 2, removed: 1 },
    ]);
    expect(lines[6]).toEqual({ kind: "removed", text: "--- looks like a header", before: 11, after: null });
    expect(lines[8]).toEqual({ kind: "same", text: " end", before: 12, after: 12 });
    expect(lines).toHaveLength(16);
  });

  it.each(["", "no diff", "@@ -1,99999999 +1 @@\n", "@@ -x +y @@", "+++ only"])("reads %j without failing", (text) => {
    expect(readDiff(text).lines.length).toBeGreaterThan(0);
  });
});

describe("records", () => {
  const text = '\ufeff{"a":1}\n\n  \r\n{"b":"Two"}\nbroken';
  it("are the lines that hold something", () => {
    expect(recordsIn(text).map(({ line, start, end }) => [line, text.slice(start, end)])).toEqual([
      [1, '{"a":1}'],
      [4, '{"b":"Two"}'],
      [5, "broken"],
    ]);
    expect(recordsIn("")).toEqual([]);
  });
  it("are found by words in any case", () => {
    const records = recordsIn(text);
    expect(matching(text, records, "two B").map(({ line }) => line)).toEqual([4]);
    expect(matching(text, records, " ")).toHaveLength(3);
  });
  it("are laid out, or shown as they are with the reason", () => {
    expect(laidOut('{"a":1}')).toEqual({ value: '{\n  "a": 1\n}', problem: null });
    expect(laidOut("broken")).toMatchObject({ value: "broken", problem: expect.any(String) });
  });
});

describe("bytes in rows", () => {
  it("are padded to the same width", () => {
    expect(valuesText(new Uint8Array([0x50, 0x4b, 3])).length).toBe(valuesText(new Uint8Array(16)).length);
    expect(valuesText(new Uint8Array([0, 1, 2, 3, 4, 5, 6, 7, 255]))).toMatch(/^00 01 02 03 04 05 06 07 {2}ff/);
    expect(charactersText(new Uint8Array([0x41, 0, 0x7f, 0xe2, 0x7e]))).toBe("A···~");
    expect(offsetText(255, 100)).toBe("000000ff");
    expect(offsetText(1, 2 ** 40)).toBe("0000000001");
  });
  it.each<[string, number | null]>([
    ["1234", 1234],
    [" 0x4D2 ", 1234],
    ["4d2h", 1234],
    ["-1", null],
    ["0x", null],
    ["1e9", null],
    ["", null],
  ])("go to %j", (text, offset) => {
    expect(parseOffset(text)).toBe(offset);
  });
});
