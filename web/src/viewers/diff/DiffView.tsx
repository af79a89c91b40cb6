// A diff or patch: what was added and what went, with the numbers of both sides.
import "../../log/log.css";
import "./diff.css";
import { useLayoutEffect, useMemo, useRef } from "react";
import type { File } from "../../api/types";
import { formatCount, plural } from "../../format";
import { visibleText } from "../../log/controls";
import { RowList } from "../../log/rowList";
import { ErrorState, Skeleton, visibleName } from "../../ui";
import { useFileText } from "../useFileText";
import { ViewerFrame } from "../viewerFrame";
import { type Diff, type DiffLine, readDiff } from "./unified";

const ROW_HEIGHT_PX = 20;
const MAX_LINE_CHARS = 5_000;

/** A diff or patch file. */
export function DiffView({ file }: { file: File }) {
  const { data: text, error, refetch } = useFileText(file);
  const diff = useMemo(() => (text === undefined ? null : readDiff(text)), [text]);
  const list = useRef<RowList | null>(null);
  if (error) return <ErrorState title="The file could not be loaded" error={error} onRetry={() => void refetch()} />;
  return (
    <ViewerFrame
      label={file.path}
      bar={diff && <Bar diff={diff} onGo={(row) => list.current?.scrollToRow(row, "start")} />}
    >
      {diff ? (
        <Rows diff={diff} label={`Changes in ${file.path}`} list={list} />
      ) : (
        <Skeleton rows={12} rowHeight={ROW_HEIGHT_PX} label="Loading the file" />
      )}
    </ViewerFrame>
  );
}

function Bar({ diff, onGo }: { diff: Diff; onGo: (row: number) => void }) {
  const added = diff.files.reduce((sum, one) => sum + one.added, 0);
  const removed = diff.files.reduce((sum, one) => sum + one.removed, 0);
  return (
    <>
      <span className="px-1 text-sm text-muted">
        {plural(diff.files.length, "file")} · <span className="text-pass-text">+{formatCount(added)}</span>{" "}
        <span className="text-fail-text">−{formatCount(removed)}</span>
      </span>
      {diff.files.length > 1 && (
        <select
          aria-label="Go to a file"
          value=""
          onChange={(event) => onGo(Number(event.target.value))}
          className="ml-auto h-7 max-w-72 rounded-md border border-line bg-panel px-2 text-sm"
        >
          <option value="" disabled>
            Go to a file …
          </option>
          {diff.files.map((one) => (
            <option key={one.row} value={one.row}>
              {visibleName(one.name)} +{one.added} −{one.removed}
            </option>
          ))}
        </select>
      )}
    </>
  );
}

function Rows({ diff, label, list }: { diff: Diff; label: string; list: { current: RowList | null } }) {
  const ref = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const viewport = ref.current;
    if (!viewport) return;
    viewport.ariaLabel = visibleText(label);
    const made = new RowList({
      viewport,
      rowHeight: ROW_HEIGHT_PX,
      draw: (row, element) => drawLine(element, diff.lines[row]),
    });
    const longest = diff.lines.reduce((most, { text }) => Math.max(most, text.length), 0);
    made.setContentWidth(`${Math.min(longest, MAX_LINE_CHARS) + 20}ch`);
    made.setCount(diff.lines.length);
    list.current = made;
    return () => {
      made.destroy();
      list.current = null;
    };
  }, [diff, label, list]);
  return <div ref={ref} className="row-list diff-view min-h-0 flex-1" />;
}

function drawLine(element: HTMLElement, line: DiffLine | undefined): void {
  element.className = `row-list-row diff-row diff-${line?.kind ?? "note"}`;
  const cell = (className: string, text: string) => {
    const span = document.createElement("span");
    span.className = className;
    span.textContent = text;
    return span;
  };
  element.replaceChildren(
    cell("diff-number", line?.before?.toString() ?? ""),
    cell("diff-number", line?.after?.toString() ?? ""),
    cell("diff-text", visibleText((line?.text ?? "").slice(0, MAX_LINE_CHARS))),
  );
}
