import { describe, expect, it } from "vitest";
import { formatLineHash, parseLineHash, parseStepHash } from "./lineLink";

describe("line links", () => {
  it.each([
    ["#L10", { first: 10, last: 10 }],
    ["L10", { first: 10, last: 10 }],
    ["#L10-L20", { first: 10, last: 20 }],
    ["#L10-20", { first: 10, last: 20 }],
    ["#L20-L10", { first: 10, last: 20 }],
    ["#L0", null],
    ["#L", null],
    ["#Lx", null],
    ["#L1-L2-L3", null],
    ["", null],
  ])("%s", (hash, range) => {
    expect(parseLineHash(hash)).toEqual(range);
  });

  it("survive the way there and back", () => {
    expect(parseLineHash(formatLineHash({ first: 7, last: 7 }))).toEqual({ first: 7, last: 7 });
    expect(formatLineHash({ first: 7, last: 9 })).toBe("#L7-L9");
  });
});

describe("links of GitHub", () => {
  it("name a step and a line in it", () => {
    expect(parseStepHash("#step:5:120")).toEqual({ step: 5, line: 120 });
    expect(parseStepHash("#step:5:0")).toEqual({ step: 5, line: 1 });
    for (const other of ["", "#L5", "#step:5", "#step:a:1", "#step:5:1x"]) expect(parseStepHash(other)).toBeNull();
  });
});
