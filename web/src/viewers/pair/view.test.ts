import { describe, expect, it } from "vitest";
import { sizeInHeader } from "./header";
import { changeSentence, sidesOf } from "./ImagePair";
import { movedBy, placeOf, viewOfBox, WHOLE, zoomedTo } from "./view";

const image = { width: 1000, height: 500 };
const pane = { width: 500, height: 500 };

describe("the view of a pair", () => {
  it("fits in the middle and does not enlarge", () => {
    expect(placeOf(WHOLE, image, pane)).toEqual({ scale: 0.5, left: 0, top: 125 });
    expect(placeOf(WHOLE, { width: 100, height: 100 }, pane)).toEqual({ scale: 1, left: 200, top: 200 });
  });

  it("keeps what is under the pointer when it zooms", () => {
    const pointer = { x: 400, y: 300 };
    const view = zoomedTo(WHOLE, 2, image, pane, pointer);
    const { scale, left, top } = placeOf(view, image, pane);
    expect(scale).toBe(2);
    // Before, the pointer was over (800, 350) of the picture.
    expect([(pointer.x - left) / scale, (pointer.y - top) / scale].map(Math.round)).toEqual([800, 350]);
  });

  it("leaves no gap at a side, however far it is moved", () => {
    const view = zoomedTo(WHOLE, 2, image, pane);
    expect(placeOf(movedBy(view, 9999, 9999, image, pane), image, pane)).toMatchObject({ left: 0, top: 0 });
    expect(placeOf(movedBy(view, -9999, -9999, image, pane), image, pane)).toMatchObject({ left: -1500, top: -500 });
  });

  it("shows a changed area in the middle, with room around it", () => {
    const view = viewOfBox({ x: 700, y: 200, width: 100, height: 100 }, image, pane);
    const { scale, left } = placeOf(view, image, pane);
    expect(scale).toBeCloseTo(500 / 220);
    expect(left + 750 * scale).toBeCloseTo(250);
    expect(viewOfBox({ x: 0, y: 0, width: 1000, height: 500 }, image, pane)).toEqual(WHOLE);
  });
});

describe("the size in a header", () => {
  const header = (start: (string | number)[], length = 40) => {
    const bytes = start.flatMap((part) => (typeof part === "string" ? [...part].map((c) => c.charCodeAt(0)) : [part]));
    return new Uint8Array([...bytes, ...new Array(Math.max(0, length - bytes.length)).fill(0)]);
  };
  it.each<[string, Uint8Array, [number, number] | null]>([
    ["PNG", header([0x89, "PNG\r\n", 26, "\n", 0, 0, 0, 13, "IHDR", 0, 0, 5, 0, 0, 0, 3, 72]), [1280, 840]],
    ["GIF", header(["GIF89a", 0x40, 1, 0xf0, 0]), [320, 240]],
    ["JPEG", header([0xff, 0xd8, 0xff, 0xe0, 0, 4, 9, 9, 0xff, 0xc0, 0, 17, 8, 0, 240, 1, 64, 3]), [320, 240]],
    ["JPEG cut before its size", header([0xff, 0xd8, 0xff, 0xe1, 0xff, 0xff]), null],
    [
      "WebP, extended",
      header(["RIFF", 0, 0, 0, 0, "WEBPVP8X", 0, 0, 0, 0, 0, 0, 0, 0, 0x3f, 1, 0, 239, 0, 0]),
      [320, 240],
    ],
    ["WebP, lossless", header(["RIFF", 0, 0, 0, 0, "WEBPVP8L", 0, 0, 0, 0, 0x2f, 0x3f, 0xc1, 0x3b, 0]), [320, 240]],
    ["BMP, upside down", header(["BM", ...new Array(16).fill(0), 64, 1, 0, 0, 16, 255, 255, 255]), [320, 240]],
    ["text", header(["<svg xmlns='http://www.w3.org/2000/svg'/>"]), null],
    ["nothing", new Uint8Array(), null],
  ])("of %s", (_name, bytes, size) => {
    expect(sizeInHeader(bytes)).toEqual(size && { width: size[0], height: size[1] });
  });
});

it("compares with the last green picture when asked, or when nothing was expected", () => {
  const ids = { expected: "1.0", actual: "1.1", diff: "1.2", previous: "2.0" };
  expect(sidesOf(ids, undefined)).toMatchObject({ base: { id: "1.0" }, diff: "1.2" });
  // The tool's difference says nothing about the last green picture.
  expect(sidesOf(ids, "previous")).toMatchObject({ base: { id: "2.0" }, diff: null });
  expect(sidesOf({ actual: "1.1", previous: "2.0" }, "expected").base?.id).toBe("2.0");
  expect(sidesOf({ diff: "1.2" }, undefined)).toEqual({ base: null, actual: null, diff: "1.2" });
});

it("says what changed in words", () => {
  expect(changeSentence(1284, 1_075_200, 3)).toBe("1,284 px changed (0.12 %) in 3 areas");
  expect(changeSentence(1, 1_000_000, 1)).toBe("1 px changed (less than 0.01 %) in 1 area");
  expect(changeSentence(0, 100, 0)).toMatch(/^No visible difference/);
});
