// Compares the pixels of two pictures and draws where they differ. Runs in a worker: a page of 8 MP takes a while.
import pixelmatch from "pixelmatch";
import { type Box, changedBoxes } from "./boxes";
import type { PixelSize } from "./header";

/** Decoded pixels, four bytes each. */
export interface Pixels extends PixelSize {
  data: Uint8ClampedArray;
}

/** What was found. */
export interface Compared extends PixelSize {
  /** Pixels that differ; what only one of the pictures has counts. */
  changed: number;
  boxes: Box[];
  /** The picture of the difference, four bytes a pixel. */
  drawn: Uint8ClampedArray<ArrayBuffer>;
}

const CHANGED = [226, 33, 98] as const;

/** Compares `expected` with `actual`; the result is as large as the larger of both in each direction. */
export function comparePixels(expected: Pixels, actual: Pixels): Compared {
  const width = Math.max(expected.width, actual.width);
  const height = Math.max(expected.height, actual.height);
  const shared = { width: Math.min(expected.width, actual.width), height: Math.min(expected.height, actual.height) };
  const outside = outsideOf(width, height, shared);
  const drawn = new Uint8ClampedArray(width * height * 4);
  const differing = pixelmatch(
    enlarged(expected, width, height),
    enlarged(actual, width, height),
    drawn,
    width,
    height,
    {
      threshold: 0.1,
      alpha: 0.25,
      diffColor: [...CHANGED],
      aaColor: [214, 178, 60],
      ...(outside ? { ignoreMask: outside } : {}),
    },
  );
  if (outside) paint(drawn, outside);
  const isChanged = (pixel: number) =>
    drawn[pixel * 4] === CHANGED[0] && drawn[pixel * 4 + 1] === CHANGED[1] && drawn[pixel * 4 + 2] === CHANGED[2];
  const changed = differing + width * height - shared.width * shared.height;
  return { width, height, changed, boxes: changed > 0 ? changedBoxes(width, height, isChanged) : [], drawn };
}

/** Marks the pixels that one of the pictures does not have; null where both are of one size. */
function outsideOf(width: number, height: number, shared: PixelSize): Uint8Array | null {
  if (shared.width === width && shared.height === height) return null;
  const mask = new Uint8Array(width * height).fill(1);
  for (let y = 0; y < shared.height; y++) mask.fill(0, y * width, y * width + shared.width);
  return mask;
}

function enlarged(of: Pixels, width: number, height: number): Uint8ClampedArray {
  if (of.width === width && of.height === height) return of.data;
  const data = new Uint8ClampedArray(width * height * 4);
  for (let y = 0; y < of.height; y++) {
    data.set(of.data.subarray(y * of.width * 4, (y + 1) * of.width * 4), y * width * 4);
  }
  return data;
}

function paint(drawn: Uint8ClampedArray, mask: Uint8Array): void {
  for (let pixel = 0; pixel < mask.length; pixel++) {
    if (mask[pixel]) drawn.set([...CHANGED, 255], pixel * 4);
  }
}
