// One entry of an archive: pictures, text and JSON in place, everything else as a download.
import { Download, FolderOpen, X } from "lucide-react";
import { lazy, Suspense } from "react";
import type { File } from "../../api/types";
import { Button, Bytes, buttonClass, Name, Skeleton } from "../../ui";
import { downloadUrl, type InnerEntry } from "./queries";

const JsonView = lazy(async () => ({ default: (await import("../json")).JsonView }));
const MediaView = lazy(async () => ({ default: (await import("../media")).MediaView }));
const LogView = lazy(async () => ({ default: (await import("../../log")).LogView }));

/** More JSON than this is shown as text: only files of the artifact itself are read by pages. */
const MAX_TREE_BYTES = 32 * 1024 * 1024;
const unreadable = ["encrypted", "unsupported-method", "size-mismatch", "corrupt"];

interface Props {
  file: File;
  entry: InnerEntry;
  onClose: () => void;
  /** Looks into the entry, which is an archive itself. */
  onEnter: (() => void) | undefined;
}

/** The entry. */
export function EntryView({ file, entry, onClose, onEnter }: Props) {
  const isReadable = !entry.flags.some((flag) => unreadable.includes(flag));
  return (
    <div className="archive-entry">
      <div className="flex flex-wrap items-center gap-2 border-b border-line px-3 py-1">
        <h2 className="w-full min-w-0 font-medium break-all sm:w-auto sm:flex-1">
          <Name>{entry.path.split("/").at(-1) || entry.path}</Name>
        </h2>
        <span className="text-sm text-faint">
          <Bytes bytes={entry.sizeBytes} /> · <Name>{entry.mediaType}</Name>
        </span>
        {isReadable && (
          <a href={downloadUrl(entry.url)} download className={buttonClass()}>
            <Download aria-hidden size={13} /> Download
          </a>
        )}
        <Button variant="quiet" aria-label="Close the entry" onClick={onClose}>
          <X aria-hidden size={14} />
        </Button>
      </div>
      {entry.flags.length > 0 && (
        <p className="border-b border-line bg-flaky-soft px-3 py-1 text-sm text-flaky-text">{entry.flags.join(", ")}</p>
      )}
      {isReadable && (
        <Suspense fallback={<Skeleton rows={10} rowHeight={22} label="Loading the entry" />}>
          <Content file={file} entry={entry} onEnter={onEnter} />
        </Suspense>
      )}
    </div>
  );
}

function Content({ file, entry, onEnter }: { file: File; entry: InnerEntry; onEnter: (() => void) | undefined }) {
  // To the viewers an entry is a file with an address of its own.
  const shown: File = {
    ...file,
    id: entry.url,
    path: entry.path,
    url: entry.url,
    sizeBytes: entry.sizeBytes,
    compressedBytes: entry.compressedBytes,
    type: entry.type,
    mediaType: entry.mediaType,
    flags: entry.flags,
  };
  if (entry.type === "image") {
    return (
      <div className="archive-picture">
        <img src={entry.url} alt={entry.path} />
      </div>
    );
  }
  if (entry.type === "json" && entry.sizeBytes <= MAX_TREE_BYTES) return <JsonView file={shown} />;
  if (/^(?:video|audio)\//.test(entry.mediaType)) return <MediaView file={shown} />;
  if (entry.type !== "binary") {
    return <LogView url={entry.url} label={entry.path} kind="text" sizeBytes={entry.sizeBytes} />;
  }
  return (
    <div className="flex flex-col items-center gap-3 px-4 py-12 text-center text-muted">
      {onEnter ? (
        <Button variant="primary" onClick={onEnter}>
          <FolderOpen aria-hidden size={14} /> Look into it
        </Button>
      ) : (
        <p>There is no viewer for this kind of file; it can be downloaded.</p>
      )}
    </div>
  );
}
