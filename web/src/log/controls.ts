// Makes characters visible that could hide or reorder text. Bytes from logs and artifacts are written by
// anyone who can open a pull request; what they contain must be seen, not obeyed.

// C0 except tab, DEL, C1, soft hyphen, bidi marks and overrides, zero-width space, word joiner, BOM, line separators.
// Zero-width joiners stay: emoji and several scripts need them.
const CONTROL =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this finds.
  /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

function codePoint(char: string): string {
  return `⟨${char.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}⟩`;
}

/** `text` with control, bidi and zero-width characters written as code points; tabs stay. */
export function visibleText(text: string): string {
  return text.replace(CONTROL, codePoint);
}
