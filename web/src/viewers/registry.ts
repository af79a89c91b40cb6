// Which viewer shows which file. A new viewer is one folder and one line here; the first that accepts wins.

import { type ComponentType, lazy } from "react";
import type { File } from "../api/types";
import { unreadable } from "../fileFlags";
import { isArchive } from "./archive/kinds";
import { languageOf } from "./code/languages";
import { pairOf } from "./pair/pairs";

/** What every viewer is given. */
export interface ViewerProps {
  file: File;
  /** The files of the same run, in their order. */
  siblings: File[];
}

/** One way to show files. */
export interface Viewer {
  /** Its name in addresses. */
  name: string;
  /** Its name for people. */
  label: string;
  /** Whether it shows the file unless another one is asked for. */
  accepts: (file: File) => boolean;
  /** Whether it can be chosen for the file as well. */
  offers?: (file: File, siblings: File[]) => boolean;
  Component: ComponentType<ViewerProps>;
}

const MAX_TABLE_BYTES = 8 * 1024 * 1024;
/** Larger texts are shown without their words in colour. */
const MAX_CODE_BYTES = 1024 * 1024;
const MAX_MARKDOWN_BYTES = 512 * 1024;
const MAX_DIFF_BYTES = 16 * 1024 * 1024;
const MAX_RECORDS_BYTES = 32 * 1024 * 1024;

function hasExtension(file: File, ...extensions: string[]): boolean {
  const name = file.path.toLowerCase();
  return extensions.some((extension) => name.endsWith(`.${extension}`));
}

function isHtml(file: File): boolean {
  return file.mediaType.startsWith("text/html") || (file.type !== "image" && hasExtension(file, "html", "htm"));
}

function isText(file: File, maxBytes: number): boolean {
  return (file.type === "text" || file.type === "json") && file.sizeBytes <= maxBytes;
}

const isReadable = (file: File) => !unreadable(file.flags);

// The viewers are loaded when first needed.
const image = lazy(async () => ({ default: (await import("./image")).ImageView }));
const compare = lazy(async () => ({ default: (await import("./compare")).CompareView }));
const html = lazy(async () => ({ default: (await import("./html")).HtmlView }));
const json = lazy(async () => ({ default: (await import("./json")).JsonView }));
const table = lazy(async () => ({ default: (await import("./table")).TableView }));
const media = lazy(async () => ({ default: (await import("./media")).MediaView }));
const text = lazy(async () => ({ default: (await import("./text")).TextView }));
const code = lazy(async () => ({ default: (await import("./code")).CodeView }));
const markdown = lazy(async () => ({ default: (await import("./markdown")).MarkdownView }));
const diff = lazy(async () => ({ default: (await import("./diff")).DiffView }));
const ndjson = lazy(async () => ({ default: (await import("./ndjson")).NdjsonView }));
const pdf = lazy(async () => ({ default: (await import("./pdf")).PdfView }));
const hex = lazy(async () => ({ default: (await import("./hex")).HexView }));
const archive = lazy(async () => ({ default: (await import("./archive")).PackageView }));
const download = lazy(async () => ({ default: (await import("./download")).DownloadCard }));

/** All viewers; the last accepts everything. */
export const viewers: readonly Viewer[] = [
  { name: "unreadable", label: "About", accepts: (file) => !isReadable(file), Component: download },
  { name: "image", label: "Image", accepts: (file) => file.type === "image", Component: image },
  {
    name: "compare",
    label: "Compare",
    accepts: () => false,
    offers: (file, siblings) => pairOf(file, siblings) !== null,
    Component: compare,
  },
  { name: "html", label: "Page", accepts: isHtml, Component: html },
  {
    name: "records",
    label: "Records",
    accepts: (file) => isText(file, MAX_RECORDS_BYTES) && hasExtension(file, "ndjson", "jsonl"),
    Component: ndjson,
  },
  { name: "json", label: "JSON", accepts: (file) => file.type === "json", Component: json },
  {
    name: "table",
    label: "Table",
    accepts: (file) => file.type === "text" && hasExtension(file, "csv", "tsv") && file.sizeBytes <= MAX_TABLE_BYTES,
    Component: table,
  },
  {
    name: "document",
    label: "Document",
    accepts: (file) => isText(file, MAX_MARKDOWN_BYTES) && hasExtension(file, "md", "markdown"),
    Component: markdown,
  },
  {
    name: "diff",
    label: "Changes",
    accepts: (file) => isText(file, MAX_DIFF_BYTES) && hasExtension(file, "diff", "patch"),
    Component: diff,
  },
  {
    name: "code",
    label: "Code",
    accepts: (file) => isText(file, MAX_CODE_BYTES) && languageOf(file.path, file.mediaType) !== null,
    // An image made of text is worth reading, too.
    offers: (file) => file.mediaType === "image/svg+xml" && file.sizeBytes <= MAX_CODE_BYTES,
    Component: code,
  },
  { name: "pdf", label: "PDF", accepts: (file) => file.mediaType === "application/pdf", Component: pdf },
  {
    name: "media",
    label: "Player",
    accepts: (file) => /^(?:video|audio)\//.test(file.mediaType),
    Component: media,
  },
  { name: "text", label: "Text", accepts: (file) => file.type === "text", offers: isReadable, Component: text },
  {
    name: "archive",
    label: "Contents",
    accepts: (file) => isReadable(file) && file.type === "binary" && isArchive(file.path, file.mediaType),
    Component: archive,
  },
  { name: "hex", label: "Bytes", accepts: isReadable, Component: hex },
  { name: "download", label: "About", accepts: () => true, Component: download },
];

/** The viewers a reader can choose from, the one that fits best first. */
export function viewersFor(file: File, siblings: File[]): Viewer[] {
  const best = bestViewer(file);
  const others = viewers.filter((one) => one !== best && (one.accepts(file) || one.offers?.(file, siblings)));
  return isReadable(file) ? [best, ...others.filter(({ name }) => name !== "download")] : [best];
}

function bestViewer(file: File): Viewer {
  const found = viewers.find((viewer) => viewer.accepts(file));
  if (!found) throw new Error("the last viewer accepts every file");
  return found;
}

/** The viewer that shows `file`: the one named `as` where it can, else the one that fits best. */
export function viewerFor(file: File, siblings: File[] = [], as?: string): Viewer {
  const chosen = as === undefined ? undefined : viewersFor(file, siblings).find(({ name }) => name === as);
  return chosen ?? bestViewer(file);
}
