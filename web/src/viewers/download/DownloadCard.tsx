// A file that is not shown: what it is, and the way to have it. On request its bytes are shown as text.

import { Download, FileQuestion } from "lucide-react";
import { useState } from "react";
import type { File } from "../../api/types";
import { LogView } from "../../log";
import { WHOLE_LIMIT_BYTES } from "../../log/source";
import { Badge, Button, Bytes, buttonClass, Name } from "../../ui";
import { ViewerFrame } from "../viewerFrame";

/** A file of a kind that has no viewer. */
export function DownloadCard({ file }: { file: File }) {
  const [asText, setAsText] = useState(false);
  if (asText) return <LogView url={file.url} label={file.path} kind="text" sizeBytes={file.sizeBytes} />;
  return (
    <ViewerFrame label={file.path} tall={false}>
      <div className="flex flex-col items-center gap-2 px-4 py-14 text-center">
        <FileQuestion aria-hidden size={30} className="text-faint" />
        <p className="max-w-full text-lg font-medium break-all">
          <Name>{file.path.split("/").at(-1) || file.path}</Name>
        </p>
        <p className="text-muted">
          <Bytes bytes={file.sizeBytes} /> · {file.mediaType}
        </p>
        <p className="text-muted">There is no viewer for this kind of file.</p>
        {file.flags.length > 0 && (
          <p className="flex flex-wrap justify-center gap-1">
            {file.flags.map((flag) => (
              <Badge key={flag}>{flag}</Badge>
            ))}
          </p>
        )}
        <div className="mt-2 flex gap-2">
          <a href={`${file.url}?download=1`} download className={buttonClass("primary")}>
            <Download aria-hidden size={14} /> Download
          </a>
          {file.sizeBytes <= WHOLE_LIMIT_BYTES && <Button onClick={() => setAsText(true)}>Show as text</Button>}
        </div>
      </div>
    </ViewerFrame>
  );
}
