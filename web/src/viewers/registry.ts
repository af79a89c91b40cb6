// Which viewer shows which file. A new viewer is one folder and one line here; the first that accepts wins.

import { type ComponentType, lazy } from "react";
import type { File } from "../api/types";

/** What every viewer is given. */
export interface ViewerProps {
  file: File;
  /** The files of the same run, in their order. */
  siblings: File[];
}

/** One way to show files. */
export interface Viewer {
  name: string;
  accepts: (file: File) => boolean;
  Component: ComponentType<ViewerProps>;
}

const MAX_TABLE_BYTES = 8 * 1024 * 1024;

function hasExtension(file: File, ...extensions: string[]): boolean {
  const name = file.path.toLowerCase();
  return extensions.some((extension) => name.endsWith(`.${extension}`));
}

function isHtml(file: File): boolean {
  return file.mediaType.startsWith("text/html") || (file.type !== "image" && hasExtension(file, "html", "htm"));
}

// The viewers are loaded when first needed.
const image = lazy(async () => ({ default: (await import("./image")).ImageView }));
const html = lazy(async () => ({ default: (await import("./html")).HtmlView }));
const json = lazy(async () => ({ default: (await import("./json")).JsonView }));
const table = lazy(async () => ({ default: (await import("./table")).TableView }));
const media = lazy(async () => ({ default: (await import("./media")).MediaView }));
const text = lazy(async () => ({ default: (await import("./text")).TextView }));
const download = lazy(async () => ({ default: (await import("./download")).DownloadCard }));

/** All viewers; the last accepts everything. */
export const viewers: readonly Viewer[] = [
  { name: "image", accepts: (file) => file.type === "image", Component: image },
  { name: "html", accepts: isHtml, Component: html },
  { name: "json", accepts: (file) => file.type === "json", Component: json },
  {
    name: "table",
    accepts: (file) => file.type === "text" && hasExtension(file, "csv", "tsv") && file.sizeBytes <= MAX_TABLE_BYTES,
    Component: table,
  },
  { name: "media", accepts: (file) => /^(?:video|audio)\//.test(file.mediaType), Component: media },
  { name: "text", accepts: (file) => file.type === "text", Component: text },
  { name: "download", accepts: () => true, Component: download },
];

/** The viewer that shows `file`. */
export function viewerFor(file: File): Viewer {
  const found = viewers.find((viewer) => viewer.accepts(file));
  if (!found) throw new Error("the last viewer accepts every file");
  return found;
}
