import { describe, expect, it } from "vitest";
import { parseDelimited, sniffDelimiter } from "./delimited";

describe("delimited values", () => {
  it.each<[string, string, string[][]]>([
    [
      "plain",
      "a,b\nc,d\n",
      [
        ["a", "b"],
        ["c", "d"],
      ],
    ],
    [
      "no last line end",
      "a,b\nc,d",
      [
        ["a", "b"],
        ["c", "d"],
      ],
    ],
    [
      "CRLF",
      "a,b\r\nc,d\r\n",
      [
        ["a", "b"],
        ["c", "d"],
      ],
    ],
    ["quotes", '"a, b","c ""d""","e\nf"\n', [["a, b", 'c "d"', "e\nf"]]],
    [
      "empty cells",
      ",a,\n,,\n",
      [
        ["", "a", ""],
        ["", "", ""],
      ],
    ],
    ["an empty last cell without line end", "a,", [["a", ""]]],
    ["an empty line", "a\n\nb\n", [["a"], [""], ["b"]]],
    ["uneven rows", "a\nb,c\n", [["a"], ["b", "c"]]],
    ["text after a quote", '"a"b,c\n', [["ab", "c"]]],
    ["an open quote", 'a,"b\nc', [["a", "b\nc"]]],
    ["a mark", "\ufeffa,b\n", [["a", "b"]]],
    ["nothing", "", []],
  ])("%s", (_name, text, rows) => {
    const read = parseDelimited(text, ",");
    expect(read.rows).toEqual(rows);
    expect(read.columns).toBe(Math.max(0, ...rows.map((row) => row.length)));
  });

  it.each([
    ["a,b,c\n", ","],
    ["a\tb\tc,d\n", "\t"],
    ['"a,b,c";d;e\n', ";"],
    ["a|b\n1,2,3,4\n", "|"],
    ["one column\n", ","],
  ])("%j is separated by %j", (text, delimiter) => {
    expect(sniffDelimiter(text)).toBe(delimiter);
  });
});
