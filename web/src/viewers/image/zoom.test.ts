import { describe, expect, it } from "vitest";
import { fitScale, scrollAfterZoom, stepZoom } from "./zoom";

describe("zooming", () => {
  it("fits large images and leaves small ones", () => {
    expect(fitScale(2000, 1000, 1000, 1000)).toBe(0.5);
    expect(fitScale(1000, 4000, 1000, 1000)).toBe(0.25);
    expect(fitScale(100, 100, 1000, 1000)).toBe(1);
    expect(fitScale(0, 0, 1000, 1000)).toBe(1);
  });

  it("steps from any scale and stops at the ends", () => {
    expect(stepZoom(1, true)).toBe(1.5);
    expect(stepZoom(1, false)).toBe(0.75);
    expect(stepZoom(0.37, true)).toBe(0.5);
    expect(stepZoom(16, true)).toBe(16);
    expect(stepZoom(0.05, false)).toBe(0.1);
  });

  it("keeps the point under the pointer", () => {
    expect(scrollAfterZoom(100, 50, 1, 2)).toBe(250);
    expect(scrollAfterZoom(0, 0, 1, 2)).toBe(0);
    expect(scrollAfterZoom(10, 50, 2, 1)).toBe(0);
  });
});
