import { expect, test } from "vitest";
import { excerptLines, foundLines, lineOfFailure } from "./logLines";

test("lines lose GitHub's time and marker, colours, and nothing else", () => {
  const body =
    "2026-05-04T10:00:00.1234567Z ##[error]Process completed\r\n2026-05-04T10:00:01Z \u001b[31m  no\u001b[0m\n##[warning]old\nplain\n";
  expect(excerptLines(body, 7)).toEqual([
    { number: 7, text: "Process completed", level: "error" },
    { number: 8, text: "  no", level: null },
    { number: 9, text: "old", level: "warning" },
    { number: 10, text: "plain", level: null },
  ]);
  expect(excerptLines("", 7)).toEqual([]);
});

test("of a search only the lines count", () => {
  expect(
    foundLines('{"line":3,"spans":[[0,2]]}\n{"searched":900}\n{"line":9,"spans":[]}\n{"done":true,"matches":2}\n'),
  ).toEqual([3, 9]);
  expect(foundLines("")).toEqual([]);
});

test("the message below the name of the test is meant, not the same message of another one", () => {
  expect(lineOfFailure([100, 240], [12, 103, 300])).toBe(103);
  expect(lineOfFailure([100], [12, 300])).toBe(12);
  expect(lineOfFailure([5, 90], [])).toBe(90);
  expect(lineOfFailure([], [])).toBeNull();
});
