// What the reader has typed, taken apart: commands, a run's number, a person, or words.

/** What is looked for. */
export interface Asked {
  /** Only commands are offered. */
  commandsOnly: boolean;
  /** What commands are narrowed by. */
  filter: string;
  /** What the server is asked; empty for nothing. */
  question: string;
  /** Words to mark in what is found. */
  words: string[];
}

const fewestDigits = 1;

/** Reads the text of the palette's field. */
export function asked(text: string): Asked {
  const trimmed = text.trim();
  if (trimmed.startsWith(">")) {
    const filter = trimmed.slice(1).trim();
    return { commandsOnly: true, filter, question: "", words: wordsOf(filter) };
  }
  const sign = trimmed[0];
  if ((sign === "#" || sign === "@") && trimmed.length <= fewestDigits) {
    return { commandsOnly: false, filter: trimmed, question: "", words: [] };
  }
  const words = isAddress(trimmed) ? [] : wordsOf(sign === "@" ? trimmed.slice(1) : trimmed);
  return { commandsOnly: false, filter: trimmed, question: trimmed, words };
}

/** Whether the text is the address of a page. */
export function isAddress(text: string): boolean {
  return /^https?:\/\/\S+$/.test(text);
}

function wordsOf(text: string): string[] {
  return text.toLowerCase().split(/\s+/).filter(Boolean).slice(0, 8);
}

/** Whether every word of the filter occurs in the text. */
export function matchesAll(text: string, filter: string): boolean {
  const lower = text.toLowerCase();
  return wordsOf(filter).every((word) => lower.includes(word));
}

/** A piece of a text, and whether it is one of the words looked for. */
export interface Piece {
  text: string;
  marked: boolean;
}

/** The text in pieces, those marked that are one of the words; overlapping ones become one. */
export function pieces(text: string, words: readonly string[]): Piece[] {
  const lower = text.toLowerCase();
  // Where lower case has another length, positions would be those of another text.
  if (words.length === 0 || lower.length !== text.length) return [{ text, marked: false }];
  const marked = new Array<boolean>(text.length).fill(false);
  for (const word of words) {
    for (let at = lower.indexOf(word); word && at >= 0; at = lower.indexOf(word, at + 1)) {
      marked.fill(true, at, at + word.length);
    }
  }
  const found: Piece[] = [];
  for (let at = 0; at < text.length; at++) {
    const last = found.at(-1);
    const isMarked = marked[at] ?? false;
    if (last && last.marked === isMarked) last.text += text[at];
    else found.push({ text: text[at] ?? "", marked: isMarked });
  }
  return found;
}
