// Which images belong together: what was expected, what came, how they differ. Told by names alone. Pure.

/** The part a picture plays among those that belong together. */
export type PairRole = "expected" | "actual" | "diff" | "previous";

/** What has to be known of a file. */
export interface NamedFile {
  path: string;
  artifactId?: number;
}

/** Pictures under one name; at least two of them. */
export interface PairFiles<T> {
  /** Tells pairs of a list apart. */
  key: string;
  /** The path without the word for the role. */
  name: string;
  files: Partial<Record<PairRole, T>>;
}

/** What a gallery shows in one place: a single picture or a pair. */
export type Picture<T> = { kind: "single"; key: string; file: T } | ({ kind: "pair" } & PairFiles<T>);

const roleOfWord: Record<string, PairRole> = {
  expected: "expected",
  baseline: "expected",
  reference: "expected",
  actual: "actual",
  received: "actual",
  current: "actual",
  diff: "diff",
  difference: "diff",
  previous: "previous",
};

const pattern = new RegExp(
  `^(.+)[-_. ](${Object.keys(roleOfWord).join("|")})(\\.(?:png|jpe?g|webp|gif|bmp|avif))$`,
  "i",
);

/** The role a path names, and the path without it; null for every other path. */
export function roleOf(path: string): { role: PairRole; name: string } | null {
  const found = pattern.exec(path);
  const role = roleOfWord[found?.[2]?.toLowerCase() ?? ""];
  return found && role ? { role, name: `${found[1]}${found[3]?.toLowerCase()}` } : null;
}

function keyOf(file: NamedFile, name: string): string {
  return `${file.artifactId ?? ""}/${name}`;
}

/** Pairs and single pictures in the order in which their first file comes; a role that is taken stays taken. */
export function picturesIn<T extends NamedFile>(files: readonly T[]): Picture<T>[] {
  const groups = new Map<string, PairFiles<T>>();
  for (const file of files) {
    const found = roleOf(file.path);
    if (!found) continue;
    const key = keyOf(file, found.name);
    const group = groups.get(key) ?? { key, name: found.name, files: {} };
    groups.set(key, group);
    group.files[found.role] ??= file;
  }
  const pictures: Picture<T>[] = [];
  const done = new Set<string>();
  for (const file of files) {
    const group = groupOf(file, groups);
    if (!group) pictures.push({ kind: "single", key: `file:${pictures.length}:${keyOf(file, file.path)}`, file });
    else if (!done.has(group.key)) {
      done.add(group.key);
      pictures.push({ kind: "pair", ...group });
    }
  }
  return pictures;
}

function groupOf<T extends NamedFile>(file: T, groups: ReadonlyMap<string, PairFiles<T>>): PairFiles<T> | undefined {
  const found = roleOf(file.path);
  const group = found && groups.get(keyOf(file, found.name));
  if (!group || group.files[found.role] !== file) return undefined;
  const { diff: _, ...sides } = group.files;
  // A difference of nothing is only a picture.
  return Object.keys(group.files).length > 1 && Object.keys(sides).length > 0 ? group : undefined;
}

/** The pair that the file of this path belongs to among `files`, or null. */
export function pairOf<T extends NamedFile>(file: NamedFile, files: readonly T[]): PairFiles<T> | null {
  if (!roleOf(file.path)) return null;
  const isIt = (one: T) => one.path === file.path && one.artifactId === file.artifactId;
  for (const picture of picturesIn(files)) {
    if (picture.kind === "pair" && Object.values(picture.files).some(isIt)) return picture;
  }
  return null;
}
