// Reads comma, semicolon, tab and bar separated values, quoted the usual way.

/** Rows of cells; `columns` is the largest number of cells in a row. */
export interface Delimited {
  rows: string[][];
  columns: number;
}

const DELIMITERS = [",", "\t", ";", "|"];

/** The delimiter that occurs most in the first line, outside quotes; a comma where none does. */
export function sniffDelimiter(text: string): string {
  const counts = new Map<string, number>();
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const char = text.charAt(at);
    if (char === '"') quoted = !quoted;
    else if (!quoted && (char === "\n" || char === "\r")) break;
    else if (!quoted && DELIMITERS.includes(char)) counts.set(char, (counts.get(char) ?? 0) + 1);
  }
  let best = ",";
  for (const [char, count] of counts) if (count > (counts.get(best) ?? 0)) best = char;
  return best;
}

/** Reads `text`; a quote that is never closed takes the rest of the text into its cell. */
export function parseDelimited(text: string, delimiter: string): Delimited {
  const rows: string[][] = [];
  let row: string[] = [];
  let columns = 0;
  let at = text.charCodeAt(0) === 0xfeff ? 1 : 0;
  const endRow = () => {
    rows.push(row);
    columns = Math.max(columns, row.length);
    row = [];
  };
  while (at < text.length) {
    const [cell, next] = text.charAt(at) === '"' ? quotedCell(text, at, delimiter) : plainCell(text, at, delimiter);
    row.push(cell);
    const char = text.charAt(next);
    if (char === delimiter) {
      at = next + 1;
      if (at === text.length) row.push("");
    } else {
      endRow();
      at = char === "\r" && text.charAt(next + 1) === "\n" ? next + 2 : next + 1;
    }
  }
  if (row.length > 0) endRow();
  return { rows, columns };
}

function plainCell(text: string, from: number, delimiter: string): [cell: string, next: number] {
  let at = from;
  while (at < text.length) {
    const char = text.charAt(at);
    if (char === delimiter || char === "\n" || char === "\r") break;
    at++;
  }
  return [text.slice(from, at), at];
}

function quotedCell(text: string, from: number, delimiter: string): [cell: string, next: number] {
  let cell = "";
  let at = from + 1;
  for (;;) {
    const quote = text.indexOf('"', at);
    if (quote < 0) return [cell + text.slice(at), text.length];
    cell += text.slice(at, quote);
    if (text.charAt(quote + 1) === '"') {
      cell += '"';
      at = quote + 2;
    } else {
      // What follows the closing quote up to the delimiter is kept as it is.
      const [rest, next] = plainCell(text, quote + 1, delimiter);
      return [cell + rest, next];
    }
  }
}
