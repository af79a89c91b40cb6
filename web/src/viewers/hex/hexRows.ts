// Bytes in rows of sixteen: offset, values, characters. Pure.

/** Bytes in a row. */
export const ROW_BYTES = 16;

/** The offset at which a row begins, in hexadecimal, as wide as the largest of the file. */
export function offsetText(offset: number, sizeBytes: number): string {
  const digits = Math.max(8, Math.max(0, sizeBytes - 1).toString(16).length);
  return offset.toString(16).padStart(digits, "0");
}

/** "50 4b 03 04  …", padded to the width of a whole row. */
export function valuesText(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < ROW_BYTES; at++) {
    if (at > 0) text += at === ROW_BYTES / 2 ? "  " : " ";
    text += bytes[at]?.toString(16).padStart(2, "0") ?? "  ";
  }
  return text;
}

/** Printable ASCII as it is, everything else as a dot. */
export function charactersText(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : "·")).join("");
}

/** An offset as people write it: 1234, 0x4d2, 4d2h; null for everything else. */
export function parseOffset(text: string): number | null {
  const trimmed = text.trim().toLowerCase();
  const hex = /^(?:0x([0-9a-f]{1,12})|([0-9a-f]{1,12})h)$/.exec(trimmed);
  if (hex) return Number.parseInt(hex[1] ?? hex[2] ?? "", 16);
  return /^\d{1,15}$/.test(trimmed) ? Number(trimmed) : null;
}
