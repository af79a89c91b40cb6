// An archive inside an artifact: a trace where it is one, else what is in it. The address says which of both, and
// which entry.
import { useInfiniteQuery } from "@tanstack/react-query";
import { Download } from "lucide-react";
import { lazy, Suspense } from "react";
import { ApiError } from "../../api/client";
import type { File } from "../../api/types";
import { buttonClass, ErrorState, errorText, Skeleton } from "../../ui";
import { DownloadCard } from "../download";
import { ViewerFrame } from "../viewerFrame";
import { ArchiveView } from "./ArchiveView";
import { usePlace } from "./place";
import { type ArchiveId, downloadUrl, entriesQuery } from "./queries";

const TraceView = lazy(async () => ({ default: (await import("../trace")).TraceView }));

/** An archive. */
export function PackageView({ file }: { file: File }) {
  const [place, go] = usePlace();
  const archive: ArchiveId = { fileId: file.id, within: place.within };
  const { data, error, refetch } = useInfiniteQuery(entriesQuery(archive));
  const first = data?.pages[0];
  if (error && !first) return <NotOpened file={file} error={error} onRetry={() => void refetch()} />;
  const skeleton = (
    <ViewerFrame label={file.path}>
      <Skeleton rows={12} rowHeight={32} label="Looking into the archive" />
    </ViewerFrame>
  );
  if (!first) return skeleton;
  const wantsFiles = place.view === "files" || place.entry !== undefined;
  if (first.isTrace && !wantsFiles) {
    return (
      <Suspense fallback={skeleton}>
        <TraceView
          file={file}
          archive={archive}
          onFiles={() => go({ view: "files", action: undefined, at: undefined, about: undefined }, true)}
        />
      </Suspense>
    );
  }
  return <ArchiveView file={file} archive={archive} isTrace={first.isTrace} />;
}

/** Why an archive is not looked into. One that cannot be read as one is still a file. */
function NotOpened({ file, error, onRetry }: { file: File; error: unknown; onRetry: () => void }) {
  if (error instanceof ApiError && (error.status === 413 || error.status === 422)) {
    return (
      <div className="flex flex-col gap-2">
        <p role="alert" className="rounded-lg border border-flaky bg-flaky-soft px-4 py-2 break-words text-flaky-text">
          {errorText(error)}
        </p>
        <DownloadCard file={file} />
      </div>
    );
  }
  return (
    <ViewerFrame label={file.path} tall={false}>
      <ErrorState title="The archive could not be opened" error={error} onRetry={onRetry} />
      <p className="flex justify-center pb-8">
        <a href={downloadUrl(file.url)} download className={buttonClass()}>
          <Download aria-hidden size={13} /> Download
        </a>
      </p>
    </ViewerFrame>
  );
}
