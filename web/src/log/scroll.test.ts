import { describe, expect, it } from "vitest";
import {
  clampTop,
  isScaled,
  MAX_CONTENT_PX,
  scrollOfTop,
  scrollScale,
  topOfRow,
  topOfScroll,
  visibleRows,
} from "./scroll";

const ROW = 20;
const VIEW = 700;

describe("scrolling", () => {
  it("is one to one below the cap", () => {
    const scale = scrollScale(500_000, ROW, VIEW);
    expect(isScaled(scale)).toBe(false);
    expect(scale.contentHeight).toBe(10_000_000);
    expect(topOfScroll(scale, 123_456)).toBeCloseTo(123_456, 6);
    expect(scrollOfTop(scale, 123_456)).toBeCloseTo(123_456, 6);
  });

  it("caps the content", () => {
    const scale = scrollScale(5_000_000, ROW, VIEW);
    expect(isScaled(scale)).toBe(true);
    expect(scale.contentHeight).toBe(MAX_CONTENT_PX);
  });

  it.each([1, 34, 35, 36, 750_000, 750_001, 2_000_000, 5_000_000, 40_000_000])(
    "reaches the first and the last of %i rows",
    (rows) => {
      const scale = scrollScale(rows, ROW, VIEW);
      expect(visibleRows(topOfScroll(scale, 0), VIEW, ROW, rows)[0]).toBe(0);
      const bottom = topOfScroll(scale, scale.maxScroll);
      expect(visibleRows(bottom, VIEW, ROW, rows)[1]).toBe(rows);
      // The last row lies wholly inside the viewport.
      expect(rows * ROW - bottom).toBeLessThanOrEqual(Math.max(VIEW, rows * ROW));
      expect(rows * ROW).toBeLessThanOrEqual(Math.ceil(bottom + VIEW));
    },
  );

  it("takes a rounded scroll position at the end for the end", () => {
    const scale = scrollScale(5_000_000, ROW, VIEW);
    expect(topOfScroll(scale, Math.floor(scale.maxScroll - 0.4))).toBe(scale.maxTop);
  });

  it("maps back and forth within a pixel of the scroll bar", () => {
    const scale = scrollScale(5_000_000, ROW, VIEW);
    for (let row = 0; row < 5_000_000; row += 77_777) {
      const scrollTop = scrollOfTop(scale, row * ROW);
      expect(topOfScroll(scale, scrollTop)).toBeCloseTo(Math.min(row * ROW, scale.maxTop), 3);
    }
  });

  it("clamps at both ends", () => {
    const scale = scrollScale(100, ROW, VIEW);
    expect(clampTop(scale, -5)).toBe(0);
    expect(clampTop(scale, 1e9)).toBe(2000 - VIEW);
    expect(scrollScale(3, ROW, VIEW).maxTop).toBe(0);
  });

  it("needs no rows", () => {
    const scale = scrollScale(0, ROW, VIEW);
    expect(topOfScroll(scale, 0)).toBe(0);
    expect(scrollOfTop(scale, 10)).toBe(0);
    expect(visibleRows(0, VIEW, ROW, 0)).toEqual([0, 0]);
  });

  it("brings a row on view as asked", () => {
    const scale = scrollScale(1000, ROW, VIEW);
    expect(topOfRow(scale, 500, ROW, VIEW, 0, "start")).toBe(10_000);
    expect(topOfRow(scale, 500, ROW, VIEW, 0, "center")).toBe(10_000 - 340);
    expect(topOfRow(scale, 500, ROW, VIEW, 9_900, "nearest")).toBe(9_900);
    expect(topOfRow(scale, 500, ROW, VIEW, 0, "nearest")).toBe(10_020 - VIEW);
    expect(topOfRow(scale, 2, ROW, VIEW, 9_900, "nearest")).toBe(40);
    expect(topOfRow(scale, 999, ROW, VIEW, 0, "center")).toBe(scale.maxTop);
  });
});
