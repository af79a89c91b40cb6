// The bars that say what is shown: which part of a large text above the lines, counts and progress below.

import { formatBytes, formatCount, plural } from "../format";
import { Button, ProgressBar } from "../ui";
import type { LoadedLog } from "./useLogText";

/** Which part of a large text is shown, and the way to the others. */
export function WindowBar({ loaded, onOpen }: { loaded: LoadedLog; onOpen: (index: number | "last") => void }) {
  const part = loaded.window;
  if (!part) return null;
  const busy = loaded.phase === "loading";
  const atStart = part.index === 0;
  const atEnd = part.index === part.count - 1;
  return (
    <div className="flex flex-wrap items-center gap-2 border-b border-line px-3 py-1 text-sm text-muted">
      <span>
        This text has {formatBytes(loaded.totalBytes ?? 0)} and is shown in parts: {part.index + 1} of{" "}
        {formatCount(part.count)}. Search looks at this part.
        {loaded.numbering.first === null && " Lines are counted from the end."}
      </span>
      <span className="ml-auto flex gap-1">
        <Button disabled={busy || atStart} onClick={() => onOpen(0)}>
          First
        </Button>
        <Button disabled={busy || atStart} onClick={() => onOpen(part.index - 1)}>
          Earlier
        </Button>
        <Button disabled={busy || atEnd} onClick={() => onOpen(part.index + 1)}>
          Later
        </Button>
        <Button disabled={busy || atEnd} onClick={() => onOpen("last")}>
          Last
        </Button>
      </span>
    </div>
  );
}

/** What is shown: lines, size, hidden lines, and how far loading has got. */
export function StatusLine({
  loaded,
  hiddenLines,
  filtered,
}: {
  loaded: LoadedLog;
  hiddenLines: number;
  filtered: boolean;
}) {
  const { log, phase, receivedBytes, totalBytes } = loaded;
  return (
    <div className="flex min-h-7 flex-wrap items-center gap-x-3 border-t border-line px-3 text-xs text-faint">
      <span>{plural(log.lineCount, "line")}</span>
      <span>{formatBytes(receivedBytes)}</span>
      {hiddenLines > 0 && (
        <span>
          {plural(hiddenLines, "line")} {filtered ? "hidden by the filter" : "folded away"}
        </span>
      )}
      {phase === "loading" && (
        <span className="ml-auto flex w-64 items-center gap-2">
          <span className="whitespace-nowrap">
            Loading{totalBytes === null ? "" : ` ${formatBytes(receivedBytes)} of ${formatBytes(totalBytes)}`}
          </span>
          <ProgressBar label="Loading the text" done={receivedBytes} total={totalBytes ?? 0} />
        </span>
      )}
    </div>
  );
}
