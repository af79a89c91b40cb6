// XML with one element a line. It reads tags, not meaning: what is not well-formed is shown as it is. Pure.

/** What a part that is no element begins and ends with. */
const WHOLE: readonly [begin: string, end: string][] = [
  ["<!--", "-->"],
  ["<![CDATA[", "]]>"],
  ["<?", "?>"],
];
const MAX_DEPTH = 60;

/** The text with a line for every tag; an element that holds nothing but text stays on its line. */
export function prettyXml(text: string): string {
  const parts = partsOf(text)
    .map((part) => (part.startsWith("<") ? part : part.trim()))
    .filter(Boolean);
  const lines: string[] = [];
  let depth = 0;
  const put = (line: string) => lines.push("  ".repeat(Math.min(depth, MAX_DEPTH)) + line);
  for (let at = 0; at < parts.length; at++) {
    const part = parts[at] ?? "";
    if (isClosing(part)) {
      depth = Math.max(0, depth - 1);
      put(part);
    } else if (isOpening(part)) {
      const [content, closing] = [parts[at + 1] ?? "", parts[at + 2] ?? ""];
      if (isClosing(content)) {
        put(part + content);
        at += 1;
      } else if (isClosing(closing) && !content.startsWith("<")) {
        put(part + content + closing);
        at += 2;
      } else {
        put(part);
        depth += 1;
      }
    } else put(part);
  }
  return lines.join("\n");
}

/** Tags, comments and the texts between them. One look at every character, whatever is never closed. */
function partsOf(text: string): string[] {
  const parts: string[] = [];
  for (let at = 0; at < text.length; ) {
    const end = text[at] === "<" ? endOfMarkup(text, at) : endOfText(text, at);
    parts.push(text.slice(at, end));
    at = end;
  }
  return parts;
}

function endOfText(text: string, from: number): number {
  const found = text.indexOf("<", from);
  return found < 0 ? text.length : found;
}

/** Where what begins with `<` ends; what is never closed is all that is left. */
function endOfMarkup(text: string, from: number): number {
  const whole = WHOLE.find(([begin]) => text.startsWith(begin, from));
  if (whole) {
    const found = text.indexOf(whole[1], from + whole[0].length);
    return found < 0 ? text.length : found + whole[1].length;
  }
  // Of a document type the part in brackets has elements of its own.
  let [quote, brackets] = ["", 0];
  const isDoctype = text[from + 1] === "!";
  for (let at = from + 1; at < text.length; at++) {
    const char = text[at] ?? "";
    if (quote) quote = char === quote ? "" : quote;
    else if (char === '"' || char === "'") quote = char;
    else if (isDoctype && char === "[") brackets += 1;
    else if (isDoctype && char === "]") brackets -= 1;
    else if (char === ">" && brackets <= 0) return at + 1;
  }
  return text.length;
}

function isClosing(part: string): boolean {
  return part.startsWith("</");
}

function isOpening(part: string): boolean {
  return /^<[^!?/]/.test(part) && !part.endsWith("/>");
}
