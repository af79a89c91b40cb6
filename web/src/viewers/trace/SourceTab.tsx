// The line of the test that an action was called from.
import { useQuery } from "@tanstack/react-query";
import clsx from "clsx";
import { useState } from "react";
import { ErrorState, Name, Skeleton } from "../../ui";
import { type ArchiveId, entryTextQuery, entryUrl, type StackFrame } from "../archive/queries";

const BEFORE = 4;
const AFTER = 14;

/** The stack, and the source of the frame that is chosen in it. */
export function SourceTab({ stack, archive }: { stack: StackFrame[]; archive: ArchiveId }) {
  const [at, setAt] = useState(0);
  const frame = stack[at];
  if (!frame) return null;
  return (
    <>
      {stack.length > 1 && (
        <ul className="border-b border-line py-1">
          {stack.map((one, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: frames may come twice.
            <li key={index}>
              <button
                type="button"
                aria-pressed={index === at}
                className={clsx(
                  "flex w-full gap-2 px-3 py-1 text-left text-sm",
                  index === at ? "bg-selected" : "hover:bg-raised",
                )}
                onClick={() => setAt(index)}
              >
                <Name>{one.function || "(anonymous)"}</Name>
                <span className="min-w-0 truncate text-faint">
                  <Name>{`${one.file.split(/[\\/]/).at(-1)}:${one.line}`}</Name>
                </span>
              </button>
            </li>
          ))}
        </ul>
      )}
      <p className="px-3 py-1.5 font-mono text-xs break-all text-muted">
        <Name>{`${frame.file}:${frame.line}:${frame.column}`}</Name>
      </p>
      {frame.entry == null ? (
        <p className="px-3 pb-3 text-sm text-faint">
          The trace does not hold this file. Playwright adds sources with <code>sources: true</code>.
        </p>
      ) : (
        <Excerpt url={entryUrl(archive, frame.entry)} line={frame.line} />
      )}
    </>
  );
}

function Excerpt({ url, line }: { url: string; line: number }) {
  const { data: text, error, refetch } = useQuery(entryTextQuery(url));
  if (error) return <ErrorState title="The source could not be loaded" error={error} onRetry={() => void refetch()} />;
  if (text === undefined) return <Skeleton rows={6} rowHeight={20} label="Loading the source" />;
  const lines = text.split(/\r?\n/);
  const from = Math.max(0, line - 1 - BEFORE);
  return (
    <pre className="overflow-x-auto pb-2 font-mono text-xs leading-5">
      {lines.slice(from, line + AFTER).map((content, index) => {
        const number = from + index + 1;
        return (
          <div
            key={number}
            className={clsx("flex px-3", number === line && "bg-fail-soft font-semibold")}
            aria-current={number === line ? "true" : undefined}
          >
            <span className="w-10 shrink-0 pr-3 text-right text-faint select-none">{number}</span>
            <code>{content}</code>
          </div>
        );
      })}
    </pre>
  );
}
