// Reads unified diffs, with or without what git adds. Pure.

/** One line to show. Numbers are those of the old and of the new file. */
export interface DiffLine {
  kind: "file" | "hunk" | "added" | "removed" | "same" | "note";
  text: string;
  before: number | null;
  after: number | null;
}

/** A file of a diff. */
export interface DiffFile {
  name: string;
  /** The row of its first line. */
  row: number;
  added: number;
  removed: number;
}

/** What a diff says. */
export interface Diff {
  lines: DiffLine[];
  files: DiffFile[];
}

const HUNK = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/;

/** Every line of the text is a line of the diff; what is no diff at all becomes notes. */
export function readDiff(text: string): Diff {
  const lines: DiffLine[] = [];
  const files: DiffFile[] = [];
  const all = text.replace(/\n$/, "").split("\n");
  let left = { before: 0, after: 0 };
  let at = { before: 0, after: 0 };
  let isNamed = false;
  for (const [index, raw] of all.entries()) {
    const line = raw.endsWith("\r") ? raw.slice(0, -1) : raw;
    const file = files.at(-1);
    const put = (kind: DiffLine["kind"], before: number | null = null, after: number | null = null) =>
      lines.push({ kind, text: line, before, after });
    if (left.before > 0 || left.after > 0) {
      const sign = line[0];
      if (sign === "+") {
        if (file) file.added += 1;
        put("added", null, at.after);
        at = { ...at, after: at.after + 1 };
        left = { ...left, after: left.after - 1 };
      } else if (sign === "-") {
        if (file) file.removed += 1;
        put("removed", at.before, null);
        at = { ...at, before: at.before + 1 };
        left = { ...left, before: left.before - 1 };
      } else if (sign === "\\") put("note");
      else {
        put("same", at.before, at.after);
        at = { before: at.before + 1, after: at.after + 1 };
        left = { before: left.before - 1, after: left.after - 1 };
      }
      continue;
    }
    const hunk = HUNK.exec(line);
    if (hunk) {
      at = { before: Number(hunk[1]), after: Number(hunk[3]) };
      left = { before: Number(hunk[2] ?? 1), after: Number(hunk[4] ?? 1) };
      put("hunk");
    } else if (
      line.startsWith("diff --git ") ||
      (line.startsWith("--- ") && !isNamed && all[index + 1]?.startsWith("+++ "))
    ) {
      isNamed = line.startsWith("diff --git ");
      files.push({ name: nameIn(line), row: lines.length, added: 0, removed: 0 });
      put("file");
    } else if (line.startsWith("+++ ")) {
      const name = nameIn(line);
      if (file && name !== "/dev/null") file.name = name;
      isNamed = false;
      put("note");
    } else put("note");
  }
  return { lines, files };
}

function nameIn(line: string): string {
  const path = line.startsWith("diff --git ") ? (line.split(" b/").at(-1) ?? line) : line.slice(4);
  return (path.split("\t")[0] ?? path).replace(/^[ab]\//, "");
}
