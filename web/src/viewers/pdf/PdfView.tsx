// A PDF in the browser's own viewer. The sandbox is in the header of the answer: an attribute here would keep
// browsers from showing it at all.
import { Download, ExternalLink as ExternalIcon } from "lucide-react";
import type { File } from "../../api/types";
import { Bytes, buttonClass, EmptyState, ExternalLink, visibleName } from "../../ui";
import { ViewerFrame } from "../viewerFrame";

/** A PDF file. */
export function PdfView({ file }: { file: File }) {
  const name = visibleName(file.path);
  const shows = navigator.pdfViewerEnabled ?? true;
  return (
    <ViewerFrame
      label={file.path}
      tall={shows}
      bar={
        <>
          <span className="px-1 text-sm text-faint">
            <Bytes bytes={file.sizeBytes} />
          </span>
          <ExternalLink
            href={file.url}
            className="ml-auto inline-flex h-7 items-center gap-1 rounded-md px-2 text-sm text-muted hover:bg-raised"
          >
            <ExternalIcon aria-hidden size={14} /> Open in a tab
          </ExternalLink>
        </>
      }
    >
      {shows ? (
        <iframe
          src={file.url}
          title={`Document ${name}`}
          referrerPolicy="no-referrer"
          className="min-h-0 w-full flex-1 border-0 bg-white"
        />
      ) : (
        <EmptyState
          title="This browser shows no PDF files"
          action={
            <a href={`${file.url}?download=1`} download className={buttonClass("primary")}>
              <Download aria-hidden size={14} /> Download
            </a>
          }
        />
      )}
    </ViewerFrame>
  );
}
