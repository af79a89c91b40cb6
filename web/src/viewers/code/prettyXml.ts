// XML with one element a line. It reads tags, not meaning: what is not well-formed is shown as it is. Pure.

const PART =
  /<!--[\s\S]*?-->|<!\[CDATA\[[\s\S]*?\]\]>|<\?[\s\S]*?\?>|<![^>[]*(?:\[[^\]]*\])?[^>]*>|<[^>"']*(?:"[^"]*"[^>"']*|'[^']*'[^>"']*)*>|[^<]+|</g;
const MAX_DEPTH = 60;

/** The text with a line for every tag; an element that holds nothing but text stays on its line. */
export function prettyXml(text: string): string {
  const parts = (text.match(PART) ?? []).map((part) => (part.startsWith("<") ? part : part.trim())).filter(Boolean);
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

function isClosing(part: string): boolean {
  return part.startsWith("</");
}

function isOpening(part: string): boolean {
  return /^<[^!?/]/.test(part) && !part.endsWith("/>");
}
