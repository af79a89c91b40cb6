// The files of a run as a tree of artifacts and folders, flattened to the rows that are open. Pure.
import type { File } from "../../api/types";

/** One visible row of the tree. */
export type TreeRow =
  | {
      kind: "artifact" | "folder";
      key: string;
      name: string;
      depth: number;
      files: number;
      sizeBytes: number;
      open: boolean;
    }
  | { kind: "file"; key: string; name: string; depth: number; file: File };

interface Folder {
  key: string;
  name: string;
  folders: Map<string, Folder>;
  files: File[];
  count: number;
  sizeBytes: number;
}

function folder(key: string, name: string): Folder {
  return { key, name, folders: new Map(), files: [], count: 0, sizeBytes: 0 };
}

const order = new Intl.Collator("en", { numeric: true });

/** The segments of a path; a name is never taken for more than a name, so "a//b" and "../x" stay as they are. */
function segmentsOf(path: string): string[] {
  const parts = path.split("/");
  return parts.length > 1 ? parts.filter((part, index) => part !== "" || index === parts.length - 1) : parts;
}

/** Rows in reading order: artifacts by name, folders before files, numbers by value. */
export function treeRows(files: File[], closed: ReadonlySet<string>): TreeRow[] {
  const artifacts = new Map<number, Folder>();
  for (const file of files) {
    let root = artifacts.get(file.artifactId);
    if (!root) {
      root = folder(`a${file.artifactId}`, file.artifactName);
      artifacts.set(file.artifactId, root);
    }
    place(root, segmentsOf(file.path), file);
  }
  const rows: TreeRow[] = [];
  for (const root of [...artifacts.values()].sort((a, b) => order.compare(a.name, b.name))) {
    append(rows, root, "artifact", 0, closed);
  }
  return rows;
}

function place(root: Folder, segments: string[], file: File): void {
  let current = root;
  current.count += 1;
  current.sizeBytes += file.sizeBytes;
  for (const segment of segments.slice(0, -1)) {
    let next = current.folders.get(segment);
    if (!next) {
      next = folder(`${current.key}/${segment}`, segment);
      current.folders.set(segment, next);
    }
    current = next;
    current.count += 1;
    current.sizeBytes += file.sizeBytes;
  }
  current.files.push(file);
}

function append(
  rows: TreeRow[],
  of: Folder,
  kind: "artifact" | "folder",
  depth: number,
  closed: ReadonlySet<string>,
): void {
  const open = !closed.has(of.key);
  rows.push({ kind, key: of.key, name: of.name, depth, files: of.count, sizeBytes: of.sizeBytes, open });
  if (!open) return;
  for (const child of [...of.folders.values()].sort((a, b) => order.compare(a.name, b.name))) {
    append(rows, child, "folder", depth + 1, closed);
  }
  for (const file of [...of.files].sort((a, b) => order.compare(a.path, b.path))) {
    rows.push({ kind: "file", key: file.id, name: segmentsOf(file.path).at(-1) ?? file.path, depth: depth + 1, file });
  }
}

/** What an arrow key does at a row: opens or closes it, or leads to another row. Null for every other key. */
export function treeStep(rows: readonly TreeRow[], at: string, key: string): { toggle?: true; to?: number } | null {
  const index = rows.findIndex((row) => row.key === at);
  const row = rows[index];
  if (!row) return null;
  const isFolder = row.kind !== "file";
  switch (key) {
    case "ArrowDown":
      return index + 1 < rows.length ? { to: index + 1 } : {};
    case "ArrowUp":
      return index > 0 ? { to: index - 1 } : {};
    case "Home":
      return { to: 0 };
    case "End":
      return { to: rows.length - 1 };
    case "ArrowRight":
      if (!isFolder) return {};
      return row.open ? { to: Math.min(index + 1, rows.length - 1) } : { toggle: true };
    case "ArrowLeft": {
      if (isFolder && row.open) return { toggle: true };
      const around = rows.findLastIndex((one, place) => place < index && one.depth < row.depth);
      return around >= 0 ? { to: around } : {};
    }
    default:
      return null;
  }
}
