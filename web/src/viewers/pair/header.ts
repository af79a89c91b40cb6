// How large an image says it is, read from its first bytes, so that nothing huge is ever handed to a decoder. Pure.

/** Width and height in pixels. */
export interface PixelSize {
  width: number;
  height: number;
}

/** More pixels than this are not decoded at all: 400 MB of memory each. */
export const MAX_SHOWN_PIXELS = 100_000_000;
/** More pixels than this are shown, but not compared one by one. */
export const MAX_COMPARED_PIXELS = 32_000_000;
/** As many bytes as hold the size of nearly every image. */
export const HEADER_BYTES = 64 * 1024;

const ascii = (bytes: Uint8Array, at: number, length: number) =>
  String.fromCharCode(...bytes.subarray(at, at + length));

/** The size in the header of a PNG, GIF, JPEG, WebP or BMP; null where these bytes do not tell it. */
export function sizeInHeader(bytes: Uint8Array): PixelSize | null {
  if (bytes.length < 30) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (ascii(bytes, 1, 3) === "PNG" && bytes[0] === 0x89) {
    return { width: view.getUint32(16), height: view.getUint32(20) };
  }
  if (ascii(bytes, 0, 4) === "GIF8") return { width: view.getUint16(6, true), height: view.getUint16(8, true) };
  if (bytes[0] === 0xff && bytes[1] === 0xd8) return sizeOfJpeg(view);
  if (ascii(bytes, 0, 4) === "RIFF" && ascii(bytes, 8, 4) === "WEBP") return sizeOfWebp(bytes, view);
  if (ascii(bytes, 0, 2) === "BM") {
    return { width: Math.abs(view.getInt32(18, true)), height: Math.abs(view.getInt32(22, true)) };
  }
  return null;
}

function sizeOfJpeg(view: DataView): PixelSize | null {
  let at = 2;
  while (at + 9 <= view.byteLength) {
    if (view.getUint8(at) !== 0xff) return null;
    const marker = view.getUint8(at + 1);
    if (marker === 0xff) {
      at += 1;
      continue;
    }
    const isFrame = marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
    if (isFrame) return { height: view.getUint16(at + 5), width: view.getUint16(at + 7) };
    at += 2 + view.getUint16(at + 2);
  }
  return null;
}

function sizeOfWebp(bytes: Uint8Array, view: DataView): PixelSize | null {
  const form = ascii(bytes, 12, 4);
  const low24 = (at: number) => view.getUint16(at, true) | (view.getUint8(at + 2) << 16);
  if (form === "VP8X") return { width: low24(24) + 1, height: low24(27) + 1 };
  if (form === "VP8 ") return { width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff };
  if (form !== "VP8L") return null;
  const bits = view.getUint32(21, true);
  return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
}
