// The pictures among a failure's files: expected, actual and difference of one comparison stand together. Pure.
import type { TestAttachment } from "../api/types";
import { type PairRole, roleOf } from "../viewers/pair/pairs";

/** Pictures of one comparison. */
export interface ImageSet {
  name: string;
  images: Partial<Record<PairRole, TestAttachment>>;
}

/** Files of a failure by what can be done with them. */
export interface SortedFiles {
  sets: ImageSet[];
  screenshots: TestAttachment[];
  traces: TestAttachment[];
  videos: TestAttachment[];
  others: TestAttachment[];
}

/** What people call a file. */
export function attachmentName(attachment: TestAttachment): string {
  return attachment.name || attachment.path.split("/").at(-1) || "attachment";
}

/** The bytes of these are inert in an `<img>`, whatever they claim to be. */
export function isImage(attachment: TestAttachment): boolean {
  const byType = attachment.mediaType?.startsWith("image/") ?? false;
  return attachment.url !== null && (byType || /\.(png|jpe?g|gif|webp|avif|bmp)$/i.test(attachment.path));
}

/** A Playwright trace. */
export function isTrace(attachment: TestAttachment): boolean {
  const names = [attachment.path.split("/").at(-1) ?? "", attachment.name];
  return names.some((name) => /(^|[-_.])trace(\.zip)?$/i.test(name));
}

function isVideo(attachment: TestAttachment): boolean {
  const byType = attachment.mediaType?.startsWith("video/") ?? false;
  return attachment.url !== null && (byType || /\.(webm|mp4|m4v|mov)$/i.test(attachment.path));
}

/** A report may keep its files under hashes: the name it gives them counts first. */
function partOf(attachment: TestAttachment): { role: PairRole; name: string } | null {
  return roleOf(attachment.name) ?? roleOf(attachment.path.split("/").at(-1) ?? "");
}

/** Sorts the files; a comparison of which only one part is there is a screenshot like any other. */
export function sortFiles(attachments: TestAttachment[]): SortedFiles {
  const sets = new Map<string, ImageSet>();
  const sorted: SortedFiles = { sets: [], screenshots: [], traces: [], videos: [], others: [] };
  for (const attachment of attachments) {
    if (isTrace(attachment)) sorted.traces.push(attachment);
    else if (isVideo(attachment)) sorted.videos.push(attachment);
    else if (!isImage(attachment)) sorted.others.push(attachment);
    else {
      const part = partOf(attachment);
      const set = part && (sets.get(part.name) ?? { name: part.name, images: {} });
      if (part && set && !set.images[part.role]) {
        set.images[part.role] = attachment;
        sets.set(part.name, set);
      } else sorted.screenshots.push(attachment);
    }
  }
  for (const set of sets.values()) {
    const images = Object.values(set.images);
    if (images.length > 1) sorted.sets.push(set);
    else sorted.screenshots.push(...images);
  }
  return sorted;
}
