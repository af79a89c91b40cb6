// Records, one a line: a list to look through, and the record chosen laid out beside it.
import "../../log/log.css";
import "./ndjson.css";
import { type KeyboardEvent, useDeferredValue, useLayoutEffect, useMemo, useRef, useState } from "react";
import type { File } from "../../api/types";
import { formatCount, plural } from "../../format";
import { copyText } from "../../log/clipboard";
import { visibleText } from "../../log/controls";
import { formatLineHash } from "../../log/lineLink";
import { RowList } from "../../log/rowList";
import { useLineHash } from "../../log/useLineHash";
import { showToast } from "../../toast";
import { Button, EmptyState, ErrorState, Skeleton } from "../../ui";
import { plainLines } from "../code/tokens";
import { useFileText } from "../useFileText";
import { ViewerFrame } from "../viewerFrame";
import { laidOut, matching, type RecordAt, recordsIn } from "./records";

const ROW_HEIGHT_PX = 24;
const MAX_PREVIEW_CHARS = 400;
const MAX_RECORD_CHARS = 200_000;

/** A file of records. */
export function NdjsonView({ file }: { file: File }) {
  const { data: text, error, refetch } = useFileText(file);
  const [query, setQuery] = useState("");
  const wanted = useDeferredValue(query);
  const [range, choose] = useLineHash();
  const records = useMemo(() => (text === undefined ? null : recordsIn(text)), [text]);
  const shown = useMemo(
    () => (text === undefined || !records ? [] : matching(text, records, wanted)),
    [text, records, wanted],
  );
  if (error) return <ErrorState title="The file could not be loaded" error={error} onRetry={() => void refetch()} />;
  if (text === undefined || !records) {
    return (
      <ViewerFrame label={file.path}>
        <Skeleton rows={12} rowHeight={ROW_HEIGHT_PX} label="Loading the file" />
      </ViewerFrame>
    );
  }
  const chosen = shown.find(({ line }) => line === range?.first) ?? shown[0];
  const step = (by: number) => {
    const at = chosen ? shown.indexOf(chosen) : -1;
    const next = shown[Math.min(shown.length - 1, Math.max(0, at + by))];
    if (next) choose({ first: next.line, last: next.line });
  };
  return (
    <ViewerFrame
      label={file.path}
      bar={
        <>
          <input
            type="search"
            value={query}
            onChange={(event) => setQuery(event.target.value)}
            aria-label="Search records"
            placeholder="Search records"
            data-search
            className="h-7 w-56 rounded-md border border-line bg-panel px-2 text-sm"
          />
          <span className="text-sm text-faint" role="status">
            {shown.length === records.length
              ? plural(records.length, "record")
              : `${formatCount(shown.length)} of ${plural(records.length, "record")}`}
          </span>
        </>
      }
    >
      {shown.length === 0 ? (
        <EmptyState title={records.length === 0 ? "This file is empty" : "No record matches this search"} />
      ) : (
        <div className="ndjson-split min-h-0 flex-1">
          <RecordList
            text={text}
            records={shown}
            chosen={chosen}
            onStep={step}
            onChoose={(line) => choose({ first: line, last: line })}
          />
          {chosen && <ChosenRecord key={chosen.line} line={chosen.line} text={text.slice(chosen.start, chosen.end)} />}
        </div>
      )}
    </ViewerFrame>
  );
}

function RecordList({
  text,
  records,
  chosen,
  onStep,
  onChoose,
}: {
  text: string;
  records: readonly RecordAt[];
  chosen: RecordAt | undefined;
  onStep: (by: number) => void;
  onChoose: (line: number) => void;
}) {
  const ref = useRef<HTMLDivElement>(null);
  const list = useRef<RowList | null>(null);
  const state = useRef({ chosen, onStep, onChoose });
  state.current = { chosen, onStep, onChoose };
  useLayoutEffect(() => {
    const viewport = ref.current;
    if (!viewport) return;
    const made = new RowList({
      viewport,
      rowHeight: ROW_HEIGHT_PX,
      draw: (row, element) => drawRecord(element, records[row], text, state.current.chosen),
      onKey: (event) => stepKey(event, (by) => state.current.onStep(by)),
    });
    viewport.ariaLabel = "Records; arrow keys choose one";
    made.setCount(records.length);
    list.current = made;
    const onClick = (event: MouseEvent) => {
      const row = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-line]") : null;
      if (!row || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      state.current.onChoose(Number(row.dataset.line));
    };
    viewport.addEventListener("click", onClick);
    return () => {
      viewport.removeEventListener("click", onClick);
      made.destroy();
      list.current = null;
    };
  }, [records, text]);
  const row = chosen ? records.indexOf(chosen) : -1;
  useLayoutEffect(() => {
    if (row >= 0) list.current?.scrollToRow(row, "nearest");
    list.current?.redraw();
  }, [row]);
  return <div ref={ref} className="row-list ndjson-list" />;
}

function stepKey(event: globalThis.KeyboardEvent | KeyboardEvent, step: (by: number) => void): boolean {
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return false;
  step(event.key === "ArrowDown" ? 1 : -1);
  return true;
}

function drawRecord(
  element: HTMLElement,
  record: RecordAt | undefined,
  text: string,
  chosen: RecordAt | undefined,
): void {
  const isChosen = record !== undefined && record.line === chosen?.line;
  element.className = isChosen ? "row-list-row ndjson-row is-chosen" : "row-list-row ndjson-row";
  element.replaceChildren();
  if (!record) return;
  const link = document.createElement("a");
  link.href = formatLineHash({ first: record.line, last: record.line });
  link.dataset.line = String(record.line);
  link.tabIndex = -1;
  if (isChosen) link.setAttribute("aria-current", "true");
  const number = document.createElement("span");
  number.className = "ndjson-number";
  number.textContent = String(record.line);
  const preview = visibleText(text.slice(record.start, Math.min(record.end, record.start + MAX_PREVIEW_CHARS)).trim());
  link.append(number, preview);
  element.replaceChildren(link);
}

function ChosenRecord({ line, text }: { line: number; text: string }) {
  const read =
    text.length > MAX_RECORD_CHARS
      ? { problem: "too long to be laid out", value: text.slice(0, MAX_RECORD_CHARS) }
      : laidOut(text);
  return (
    <section aria-label={`Record of line ${line}`} className="ndjson-record">
      <div className="flex items-center gap-2 border-b border-line px-3 py-1 text-sm text-muted">
        Line {formatCount(line)}
        <Button
          variant="quiet"
          className="ml-auto"
          onClick={() =>
            void copyText(text).then((done) => showToast(done ? "Record copied" : "The browser refused to copy"))
          }
        >
          Copy
        </Button>
      </div>
      {read.problem !== null && <p className="px-3 py-1 text-sm text-flaky-text">Not valid JSON: {read.problem}</p>}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard. */}
      <pre tabIndex={0} className="ndjson-text">
        {plainLines(read.value)
          .map((parts) => parts.map(([, part]) => visibleText(part)).join(""))
          .join("\n")}
      </pre>
    </section>
  );
}
