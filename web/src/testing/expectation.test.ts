import { expect, test } from "vitest";
import { expectationIn } from "./expectation";

const sides = (message: string) => {
  const found = expectationIn(message);
  return found && [found.expected, found.received];
};

test("labels on lines of their own are read, whatever they are called", () => {
  expect(sides('Error: no\n\nLocator: x\nExpected: "$84.30"\nReceived: "$75.87"\nTimeout: 5000ms')).toEqual([
    '"$84.30"',
    '"$75.87"',
  ]);
  expect(sides("Assert.Equal() Failure\nExpected: 3\nActual:   4")).toEqual(["3", "4"]);
  expect(sides("  Expected: 1\n  But was:  2")).toEqual(["1", "2"]);
  expect(sides("expected: 1\n     got: 2\n\n(compared using ==)")).toEqual(["1", "2"]);
  expect(expectationIn('Expected string: "a"\nReceived string: "b"')).toMatchObject({
    expectedLabel: "Expected string",
    receivedLabel: "Received string",
  });
});

test("a value of several lines is read to its end", () => {
  expect(sides("Expected: {\n  a: 1\n}\nReceived: {\n  a: 2\n}\n\nCall log:")).toEqual([
    "{\n  a: 1\n}",
    "{\n  a: 2\n}",
  ]);
});

test("a difference in lines is put together again as two texts", () => {
  expect(sides("AssertionError: no\n\n- Expected\n+ Received\n\n- 1664\n+ 1665")).toEqual(["1664", "1665"]);
  expect(
    sides(
      'expect(received).toEqual(expected)\n\n- Expected  - 1\n+ Received  + 1\n\n  Object {\n-   "a": 1,\n+   "a": 2,\n  }',
    ),
  ).toEqual(['Object {\n  "a": 1,\n}', 'Object {\n  "a": 2,\n}']);
  expect(sides("Expected values to be equal:\n+ actual - expected\n\n+ 1\n- 2")).toEqual(["2", "1"]);
});

test("sentences of assertions are read, with the sides the right way round", () => {
  expect(sides("java.lang.AssertionError: expected:<1> but was:<0>")).toEqual(["1", "0"]);
  expect(sides("AssertionError: expected 1665 to be 1664 // Object.is equality")).toEqual(["1664", "1665"]);
  expect(sides("assertion `left == right` failed\n  left: 1\n right: 2")).toEqual(["1", "2"]);
  expect(expectationIn("AssertionError: assert 7587 == 8430")).toMatchObject({
    expectedLabel: "Left",
    expected: "7587",
  });
});

test("a message without two sides says nothing", () => {
  expect(expectationIn("TimeoutError: locator.click: Timeout 10000ms exceeded.")).toBeNull();
  expect(expectationIn("Expected: 1")).toBeNull();
  expect(expectationIn("Expected: 1\nReceived: 1")).toBeNull();
  expect(expectationIn("")).toBeNull();
});
