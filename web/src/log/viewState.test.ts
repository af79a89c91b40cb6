import { describe, expect, it } from "vitest";
import { readViewState, writeViewState } from "./viewState";

describe("the view in the address", () => {
  it("comes back as it went, and leaves alone what belongs to others", () => {
    const state = {
      query: { text: "a & b", matchCase: true, regex: true },
      only: true,
      filters: [
        { text: "in=1", out: false },
        { text: "ü", out: false },
        { text: "noise", out: true },
      ],
      marks: [3, 70],
    };
    const written = writeViewState("?attempt=2&find=old&out=old", state);
    expect(new URLSearchParams(written).get("attempt")).toBe("2");
    expect(readViewState(written)).toEqual(state);
  });

  it("is nothing where nothing was chosen", () => {
    const state = readViewState("");
    expect(state).toEqual({
      query: { text: "", matchCase: false, regex: false },
      only: false,
      filters: [],
      marks: [],
    });
    expect(writeViewState("?find=x", state)).toBe("");
  });

  it("leaves out what cannot be read", () => {
    const state = readViewState(`?marks=1.x.-3.0.9&only=yes&in=${"a%0A".repeat(20)}`);
    expect(state.marks).toEqual([1, 9]);
    expect(state.only).toBe(false);
    expect(state.filters).toHaveLength(8);
  });

  it("begins with what the page searches for, unless the address says otherwise", () => {
    expect(readViewState("", "boom").query.text).toBe("boom");
    expect(readViewState("?find=x", "boom").query.text).toBe("x");
  });
});
