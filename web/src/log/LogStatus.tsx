// The line below a log that says what is shown: where the reader is, matches, errors, hidden lines, size, encoding.

import { formatBytes, formatCount, plural } from "../format";
import { ProgressBar } from "../ui";
import type { SearchResult } from "./finder";
import type { LoadedLog } from "./useLogText";

/** What is shown, and how far loading has got. */
export function StatusLine({
  loaded,
  line,
  place,
  result,
  hiddenLines,
  filtered,
}: {
  loaded: LoadedLog;
  /** The line the reader is at, from one. */
  line: number;
  /** Which match the reader is at, from one. */
  place: number | null;
  result: SearchResult;
  hiddenLines: number;
  filtered: boolean;
}) {
  const { log, phase, receivedBytes, totalBytes } = loaded;
  const matches = result.matches.length;
  return (
    <div className="flex min-h-7 flex-wrap items-center gap-x-3 border-t border-line px-3 text-xs text-faint tabular-nums">
      {log.lineCount > 0 && <span>Line {formatCount(Math.min(line, log.lineCount))}</span>}
      <span>{plural(log.lineCount, "line")}</span>
      {result.pattern !== null && (
        <span>
          {place === null ? "" : `match ${formatCount(place)} of `}
          {formatCount(matches)}
          {result.cut ? "+" : ""}
          {place === null ? (matches === 1 ? " match" : " matches") : ""}
        </span>
      )}
      {log.errorCount > 0 && <span className="text-fail-text">{plural(log.errorCount, "error")}</span>}
      {log.warningCount > 0 && (
        <span className="text-flaky-text max-sm:hidden">{plural(log.warningCount, "warning")}</span>
      )}
      {hiddenLines > 0 && (
        <span>
          {plural(hiddenLines, "line")} {filtered ? "hidden by the filter" : "folded away"}
        </span>
      )}
      <span className="ml-auto max-sm:hidden">{formatBytes(totalBytes ?? receivedBytes)}</span>
      <span className="max-sm:hidden">{log.encoding}</span>
      {phase === "loading" && (
        <span className="flex w-64 items-center gap-2">
          <span className="whitespace-nowrap">
            Loading{totalBytes === null ? "" : ` ${formatBytes(receivedBytes)} of ${formatBytes(totalBytes)}`}
          </span>
          <ProgressBar label="Loading the text" done={receivedBytes} total={totalBytes ?? 0} />
        </span>
      )}
    </div>
  );
}
