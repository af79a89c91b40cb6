import { describe, expect, it } from "vitest";
import { indexJson, type JsonIndex, JsonProblem } from "./jsonIndex";
import { JsonTree, searchValues } from "./jsonTree";

function read(text: string): JsonIndex | JsonProblem {
  const reading = indexJson(text);
  for (;;) {
    const step = reading.next();
    if (step.done) return step.value;
  }
}

function index(text: string): JsonIndex {
  const result = read(text);
  if (result instanceof JsonProblem) throw new Error(result.message);
  return result;
}

/** Builds the value back, to compare with what JSON.parse makes of the text. */
function rebuild(of: JsonIndex, value = 0): unknown {
  if (!of.isContainer(value)) return JSON.parse(of.source(value));
  const children: number[] = [];
  for (let child = value + 1; child < of.after(value); child = of.after(child)) children.push(child);
  expect(children.length).toBe(of.size(value));
  expect(children.map((child) => of.ordinal(child))).toEqual(children.map((_, ordinal) => ordinal));
  if (of.kind(value) === "array") return children.map((child) => rebuild(of, child));
  return Object.fromEntries(children.map((child) => [of.key(child), rebuild(of, child)]));
}

describe("indexing", () => {
  it.each([
    "null",
    " true ",
    "-0.5e-3",
    '"a\\"b\\\\"',
    "[]",
    "{}",
    "[[],{},[[1]]]",
    '{"a":{"b":[1,2,{"c":null}]},"d\\u00e9":"x\\ny","":0}',
    "\r\n\t[1 , 2\n]\n",
  ])("%s", (text) => {
    expect(rebuild(index(text))).toEqual(JSON.parse(text));
  });

  it("keeps every digit of a number and every repeated key", () => {
    const of = index('{"id":12345678901234567890,"id":1.0}');
    expect([of.source(1), of.source(2)]).toEqual(["12345678901234567890", "1.0"]);
    expect([of.key(1), of.key(2)]).toEqual(["id", "id"]);
  });

  it("skips a byte-order mark", () => {
    expect(rebuild(index("\ufeff[1]"))).toEqual([1]);
  });

  it("reads any depth", () => {
    const depth = 100_000;
    const of = index("[".repeat(depth) + "]".repeat(depth));
    expect(of.count).toBe(depth);
    expect(of.depth(depth - 1)).toBe(depth - 1);
  });

  it.each([
    ["", "the text ends", 1, 1],
    ['{\n  "a": 1,\n  "b": [1, 2,, 3]\n}', 'there is ","', 3, 14],
    ["[1,]", 'there is "]"', 1, 4],
    ['{"a":1,}', "a key in double quotes", 1, 8],
    ["{'a':1}", "a key in double quotes", 1, 2],
    ['{"a" 1}', "a colon", 1, 6],
    ["[1 2]", "a comma or ]", 1, 4],
    ['{"a":1', "a comma or }", 1, 7],
    ["[1", "the text ends", 1, 3],
    ["01", "the end of the text", 1, 2],
    ["-", "a number", 1, 1],
    ["NaN", "a value", 1, 1],
    ['"abc', "the end of a string", 1, 5],
    ['"a\\x"', "a valid escape", 1, 3],
    ['"a\nb"', "an escaped control character", 1, 3],
    ["{} x", "the end of the text", 1, 4],
    ["]", "a value", 1, 1],
  ])("%j is refused with a place", (text, message, line, column) => {
    expect(() => JSON.parse(text)).toThrow();
    const problem = read(text);
    expect(problem).toBeInstanceOf(JsonProblem);
    expect(problem).toMatchObject({ line, column, message: expect.stringContaining(message) });
  });

  it("pauses in a long text", () => {
    const reading = indexJson(`[${"1,".repeat(200_000)}1]`);
    let pauses = 0;
    while (!reading.next().done) pauses++;
    expect(pauses).toBeGreaterThan(2);
  });
});

describe("paths", () => {
  it("are what jq takes", () => {
    const of = index('{"a":[{"b c":1}],"d":2}');
    expect([0, 1, 2, 3, 4].map((value) => of.path(value))).toEqual([".", ".a", ".a[0]", '.a[0]["b c"]', ".d"]);
    expect(index("[[5]]").path(2)).toBe(".[0][0]");
    expect(index('{"a b":1}').path(1)).toBe('.["a b"]');
  });
});

const nested = index('{"a":{"b":[1,2]},"c":{},"d":"x"}');

describe("the tree", () => {
  it("opens wholly where it is small", () => {
    expect([...new JsonTree(nested).rows]).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });

  it("hides what is inside a closed value", () => {
    const tree = new JsonTree(nested);
    tree.setOpen(1, false);
    expect([...tree.rows]).toEqual([0, 1, 5, 6]);
    expect(tree.rowOf(5)).toBe(2);
    expect(tree.rowOf(3)).toBe(-1);
    tree.reveal(4);
    expect(tree.rowOf(4)).toBe(4);
  });

  it("does not open what is empty or has no inside", () => {
    const tree = new JsonTree(nested);
    tree.setOpen(5, true);
    tree.setOpen(6, true);
    expect([tree.isOpen(5), tree.isOpen(6)]).toEqual([false, false]);
  });

  it("closes and opens all, the root staying open", () => {
    const tree = new JsonTree(nested);
    tree.setAllOpen(false);
    expect([...tree.rows]).toEqual([0, 1, 5, 6]);
    tree.setAllOpen(true);
    expect(tree.rows.length).toBe(7);
  });

  it("opens only the root of a large one", () => {
    const large = index(JSON.stringify(Array.from({ length: 1000 }, (_, id) => ({ id }))));
    const tree = new JsonTree(large);
    expect(tree.rows.length).toBe(1001);
    expect(tree.isOpen(1)).toBe(false);
  });

  it("is one row for a single value", () => {
    expect([...new JsonTree(index("3")).rows]).toEqual([0]);
  });
});

describe("search", () => {
  it("looks at keys and values, escapes resolved", () => {
    const of = index('{"name":"caf\\u00e9","list":["x",{"name":1}]}');
    expect(searchValues(of, /name/giu, 0, 100)).toEqual({ found: [1, 5], next: 6 });
    expect(searchValues(of, /café/giu, 0, 100).found).toEqual([1]);
  });

  it("stops after its budget", () => {
    const of = index("[1,1,1,1]");
    expect(searchValues(of, /1/g, 0, 3)).toEqual({ found: [1, 2], next: 3 });
    expect(searchValues(of, /1/g, 3, 3)).toEqual({ found: [3, 4], next: 5 });
  });
});
