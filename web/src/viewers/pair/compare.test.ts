import { describe, expect, it } from "vitest";
import { changedBoxes } from "./boxes";
import { comparePixels, type Pixels } from "./compare";

/** A white picture with black rectangles. */
function picture(width: number, height: number, ...marks: [x: number, y: number, w: number, h: number][]): Pixels {
  const data = new Uint8ClampedArray(width * height * 4).fill(255);
  for (const [left, top, w, h] of marks) {
    for (let y = top; y < top + h; y++) {
      for (let x = left; x < left + w; x++) data.set([0, 0, 0, 255], (y * width + x) * 4);
    }
  }
  return { width, height, data };
}

describe("comparing pixels", () => {
  it("finds nothing where nothing changed", () => {
    const found = comparePixels(picture(40, 30, [3, 3, 9, 9]), picture(40, 30, [3, 3, 9, 9]));
    expect(found).toMatchObject({ changed: 0, boxes: [], width: 40, height: 30 });
  });

  it("counts and frames what changed, the largest first", () => {
    const found = comparePixels(picture(300, 200), picture(300, 200, [10, 10, 20, 10], [200, 100, 50, 40]));
    expect(found.changed).toBe(20 * 10 + 50 * 40);
    expect(found.boxes).toEqual([
      { x: 200, y: 100, width: 50, height: 40 },
      { x: 10, y: 10, width: 20, height: 10 },
    ]);
  });

  it("counts what only one of the pictures has", () => {
    const found = comparePixels(picture(40, 30), picture(50, 20));
    expect(found).toMatchObject({ width: 50, height: 30, changed: 50 * 30 - 40 * 20 });
    expect([...found.drawn.slice(49 * 4, 49 * 4 + 4)]).toEqual([226, 33, 98, 255]);
    expect(found.boxes).toHaveLength(1);
  });
});

describe("boxes around changes", () => {
  const at = (width: number, ...points: [number, number][]) => {
    const pixels = new Set(points.map(([x, y]) => y * width + x));
    return (pixel: number) => pixels.has(pixel);
  };

  it("joins what is near and parts what is far", () => {
    expect(changedBoxes(200, 100, at(200, [1, 1], [20, 20], [150, 90]))).toEqual([
      { x: 1, y: 1, width: 20, height: 20 },
      { x: 150, y: 90, width: 1, height: 1 },
    ]);
  });

  it("are forty at most", () => {
    expect(changedBoxes(2000, 2000, (pixel) => pixel % 64 === 0 && Math.floor(pixel / 2000) % 64 === 0)).toHaveLength(
      40,
    );
  });

  it("are none for nothing", () => {
    expect(changedBoxes(0, 0, () => true)).toEqual([]);
    expect(changedBoxes(9, 9, () => false)).toEqual([]);
  });
});
