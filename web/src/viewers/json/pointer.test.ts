import { expect, it } from "vitest";
import { pathOf, pointerOf, stepsOf } from "./pointer";

it("writes steps so that they come back", () => {
  const pointer = pointerOf(pointerOf(pointerOf("", "a/b~c"), 3), "");
  expect(pointer).toBe("/a~1b~0c/3/");
  expect(stepsOf(pointer)).toEqual(["a/b~c", "3", ""]);
});

it("shows a pointer as a path of a program", () => {
  expect(pathOf("")).toBe("$");
  expect(pathOf("/tests/12/first name")).toBe('$.tests[12]["first name"]');
  expect(pathOf("nonsense")).toBe("$");
});
