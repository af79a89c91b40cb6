import { expect, test } from "vitest";
import { partsOf } from "./Sides";

const marked = (expected: string, received: string) => {
  const parts = partsOf(expected, received);
  const show = (side: typeof parts.expected) =>
    side.map((part) => (part.differs ? `[${part.text}]` : part.text)).join("");
  return [show(parts.expected), show(parts.received)];
};

test("short values that are alike are compared by letters", () => {
  expect(marked("1664", "1665")).toEqual(["166[4]", "166[5]"]);
});

test("values that only share letters by chance are compared as wholes", () => {
  expect(marked("banana", "orange")).toEqual(["[banana]", "[orange]"]);
});

test("texts are compared by words", () => {
  expect(marked('{ "a": 1, "b": 2 }', '{ "a": 1, "b": 3 }')).toEqual(['{ "a": 1, "b": [2] }', '{ "a": 1, "b": [3] }']);
});

test("what is too long is not compared at all", () => {
  expect(partsOf("a".repeat(30_000), "b").expected).toEqual([{ text: "a".repeat(30_000), differs: true }]);
});
