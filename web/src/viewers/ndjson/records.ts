// Lines of JSON as records: what is in a line, and how it reads in one. Pure.

/** The lines that hold something, as offsets into the text; `line` counts from one. */
export interface RecordAt {
  line: number;
  start: number;
  end: number;
}

/** Where the records of a text are. */
export function recordsIn(text: string): RecordAt[] {
  const records: RecordAt[] = [];
  let start = text.charCodeAt(0) === 0xfeff ? 1 : 0;
  for (let line = 1; start < text.length; line++) {
    const newline = text.indexOf("\n", start);
    const end = newline < 0 ? text.length : newline;
    if (text.slice(start, Math.min(end, start + 200)).trim() !== "") records.push({ line, start, end });
    start = end + 1;
  }
  return records;
}

/** The record laid out over several lines; why not, where it is no JSON. */
export function laidOut(text: string): { value: string; problem: string | null } {
  try {
    return { value: JSON.stringify(JSON.parse(text), null, 2), problem: null };
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error), value: text };
  }
}

/** The records that contain every word of `query`, in any case. */
export function matching(text: string, records: readonly RecordAt[], query: string): RecordAt[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return [...records];
  return records.filter(({ start, end }) => {
    const lower = text.slice(start, end).toLowerCase();
    return words.every((word) => lower.includes(word));
  });
}
