// The pictures of a run in groups by folder, and cut into rows as wide as the page. Pure.
import type { File } from "../../../api/types";
import { type Picture, picturesIn } from "../../../viewers/pair/pairs";

/** Pictures of one folder of one artifact. */
export interface PictureGroup {
  key: string;
  artifact: string;
  folder: string;
  pictures: Picture<File>[];
}

/** A row of the gallery: the head of a group, or pictures side by side. */
export type GalleryRow =
  | { kind: "head"; key: string; group: PictureGroup }
  | { kind: "tiles"; key: string; pictures: Picture<File>[] };

/** The file that stands for a picture: of a pair, what came. */
export function coverOf(picture: Picture<File>): File {
  if (picture.kind === "single") return picture.file;
  const { actual, expected, previous, diff } = picture.files;
  const cover = actual ?? expected ?? previous ?? diff;
  if (!cover) throw new Error("a pair has at least two files");
  return cover;
}

/** Every file of a picture. */
export function filesOf(picture: Picture<File>): File[] {
  return picture.kind === "single" ? [picture.file] : Object.values(picture.files);
}

/** What a picture is called in its folder. */
export function nameOf(picture: Picture<File>): string {
  const path = picture.kind === "single" ? picture.file.path : picture.name;
  return path.split("/").at(-1) || path;
}

/** Groups in the order in which their first file comes; in each, pairs that differ come first. */
export function groupsOf(files: readonly File[]): PictureGroup[] {
  const groups = new Map<string, PictureGroup>();
  for (const picture of picturesIn(files)) {
    const cover = coverOf(picture);
    const folder = cover.path.split("/").slice(0, -1).join("/");
    const key = `${cover.artifactId}/${folder}`;
    const group = groups.get(key) ?? { key, artifact: cover.artifactName, folder, pictures: [] };
    groups.set(key, group);
    group.pictures.push(picture);
  }
  for (const group of groups.values()) {
    group.pictures.sort((a, b) => Number(b.kind === "pair") - Number(a.kind === "pair"));
  }
  return [...groups.values()];
}

/** The groups as rows of at most `columns` pictures. */
export function rowsOf(groups: readonly PictureGroup[], columns: number): GalleryRow[] {
  const rows: GalleryRow[] = [];
  for (const group of groups) {
    rows.push({ kind: "head", key: group.key, group });
    for (let at = 0; at < group.pictures.length; at += columns) {
      rows.push({ kind: "tiles", key: `${group.key} ${at}`, pictures: group.pictures.slice(at, at + columns) });
    }
  }
  return rows;
}

/**
 * The picture that an arrow key leads to; null at the edge. Up and down keep to the column, over the borders of
 * groups.
 */
export function neighbourOf(rows: readonly GalleryRow[], fileId: string, key: string): Picture<File> | null {
  const lines = rows.flatMap((row) => (row.kind === "tiles" ? [row.pictures] : []));
  const line = lines.findIndex((pictures) => pictures.some((one) => coverOf(one).id === fileId));
  const column = lines[line]?.findIndex((one) => coverOf(one).id === fileId) ?? -1;
  if (line < 0) return null;
  const all = lines.flat();
  const index = all.findIndex((one) => coverOf(one).id === fileId);
  if (key === "ArrowRight") return all[index + 1] ?? null;
  if (key === "ArrowLeft") return all[index - 1] ?? null;
  if (key === "Home") return all[0] ?? null;
  if (key === "End") return all.at(-1) ?? null;
  const next = key === "ArrowDown" ? lines[line + 1] : key === "ArrowUp" ? lines[line - 1] : undefined;
  return next ? (next[Math.min(column, next.length - 1)] ?? null) : null;
}
