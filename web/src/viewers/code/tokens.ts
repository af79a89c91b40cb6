// Highlighted text as lines of words, each with the kind of word it is: what a list draws row by row. Pure.

/** Words of a line: what kind, "" for none, and the text. */
export type TokenLine = [kind: string, text: string][];

/** A node of the tree that the highlighter makes. */
export interface HighlightNode {
  type: string;
  value?: string;
  properties?: { className?: unknown };
  children?: HighlightNode[];
}

/** The lines of a tree; the innermost kind counts. */
export function tokenLines(root: HighlightNode): TokenLine[] {
  const lines: TokenLine[] = [[]];
  const visit = (node: HighlightNode, kind: string) => {
    if (node.type === "text") append(lines, kind, node.value ?? "");
    const own = kindOf(node) ?? kind;
    for (const child of node.children ?? []) visit(child, own);
  };
  visit(root, "");
  return lines;
}

/** Text without any highlighting, as lines. */
export function plainLines(text: string): TokenLine[] {
  const lines: TokenLine[] = [[]];
  append(lines, "", text);
  return lines;
}

function append(lines: TokenLine[], kind: string, text: string): void {
  const parts = text.split("\n");
  parts.forEach((part, index) => {
    if (index > 0) lines.push([]);
    const bare = part.endsWith("\r") ? part.slice(0, -1) : part;
    if (bare !== "") lines.at(-1)?.push([kind, bare]);
  });
}

function kindOf(node: HighlightNode): string | null {
  const names = node.properties?.className;
  if (!Array.isArray(names)) return null;
  const name = names.find((one) => typeof one === "string" && one.startsWith("hljs-"));
  return typeof name === "string" ? name.slice("hljs-".length) : null;
}
