// Separated values as a table whose rows are drawn as they come on view; the first row names the columns.

import "../../log/log.css";
import "./table.css";
import { getRouteApi } from "@tanstack/react-router";
import { FileCode, Table } from "lucide-react";
import { useLayoutEffect, useMemo, useRef, useState } from "react";
import type { File } from "../../api/types";
import { formatCount, plural } from "../../format";
import { LogView } from "../../log";
import { visibleText } from "../../log/controls";
import { IconButton } from "../../log/LogToolbar";
import { RowList } from "../../log/rowList";
import { ErrorState, Skeleton } from "../../ui";
import { useFileText } from "../useFileText";
import { ViewerFrame } from "../viewerFrame";
import { type Delimited, parseDelimited, sniffDelimiter } from "./delimited";
import { nextSort, parseSort, rowOrder } from "./order";

const route = getRouteApi("/files/$fileId");
const ROW_HEIGHT_PX = 28;
const MAX_COLUMN_CH = 48;
/** A row with more cells than this shows the first ones. */
const MAX_COLUMNS = 200;
/** How many rows decide the widths of the columns. */
const SAMPLE_ROWS = 200;
const MAX_CELL_CHARS = 500;

/** A CSV or TSV file. */
export function TableView({ file }: { file: File }) {
  const [raw, setRaw] = useState(() => window.location.hash.startsWith("#L"));
  if (raw) {
    return (
      <LogView url={file.url} label={file.path} kind="text" sizeBytes={file.sizeBytes}>
        <IconButton icon={Table} label="Show as table" onClick={() => setRaw(false)} />
      </LogView>
    );
  }
  return <LoadedTable file={file} onRaw={() => setRaw(true)} />;
}

function LoadedTable({ file, onRaw }: { file: File; onRaw: () => void }) {
  const { data: text, error, refetch } = useFileText(file);
  const table = useMemo(
    () => (text === undefined ? null : parseDelimited(text, /\.tsv$/i.test(file.path) ? "\t" : sniffDelimiter(text))),
    [text, file.path],
  );
  if (error) return <ErrorState title="The file could not be loaded" error={error} onRetry={() => void refetch()} />;
  return (
    <ViewerFrame
      label={file.path}
      bar={
        <>
          {table && (
            <span className="px-1 text-sm text-faint">
              {plural(Math.max(0, table.rows.length - 1), "row")}, {plural(table.columns, "column")}
              {table.columns > MAX_COLUMNS && `, the first ${formatCount(MAX_COLUMNS)} shown`}
            </span>
          )}
          <div className="ml-auto">
            <IconButton icon={FileCode} label="Show the raw text" onClick={onRaw} />
          </div>
        </>
      }
    >
      {table ? (
        <SortedGrid label={file.path} table={table} />
      ) : (
        <Skeleton rows={12} rowHeight={ROW_HEIGHT_PX} label="Reading the table" />
      )}
    </ViewerFrame>
  );
}

/** Column widths, from what the first rows hold. */
export function columnWidths({ rows, columns }: Delimited): number[] {
  const widths = new Array<number>(Math.min(columns, MAX_COLUMNS)).fill(4);
  for (const row of rows.slice(0, SAMPLE_ROWS)) {
    widths.forEach((width, column) => {
      widths[column] = Math.min(MAX_COLUMN_CH, Math.max(width, row[column]?.length ?? 0));
    });
  }
  return widths;
}

/** The table with its rows in the order that the address asks for. */
function SortedGrid({ label, table }: { label: string; table: Delimited }) {
  const { sort } = route.useSearch();
  const navigate = route.useNavigate();
  const order = useMemo(() => {
    const by = parseSort(sort);
    return by ? rowOrder(table.rows.slice(1), by.column, by.descending) : null;
  }, [table, sort]);
  return (
    <Grid
      label={label}
      table={table}
      order={order}
      sort={sort}
      onSort={(column) =>
        void navigate({
          search: (before) => ({ ...before, sort: nextSort(sort, column) }),
          replace: true,
          resetScroll: false,
        })
      }
    />
  );
}

function Grid({
  label,
  table,
  order,
  sort,
  onSort,
}: {
  label: string;
  table: Delimited;
  /** The rows below the head, in their order; null as the file has them. */
  order: number[] | null;
  sort: string | undefined;
  onSort: (column: number) => void;
}) {
  const sortRef = useRef(onSort);
  sortRef.current = onSort;
  const tableRef = useRef<HTMLDivElement>(null);
  const headRef = useRef<HTMLDivElement>(null);
  const viewportRef = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const view = tableRef.current;
    const head = headRef.current;
    const viewport = viewportRef.current;
    if (!view || !head || !viewport) return;
    // A real table cannot draw only the rows on view; these roles make one of plain elements.
    view.role = "table";
    view.ariaLabel = visibleText(label);
    view.ariaRowCount = String(table.rows.length);
    head.role = "row";
    if (head.parentElement) head.parentElement.role = "rowgroup";
    const widths = columnWidths(table);
    const template = `${String(table.rows.length).length + 2}ch ${widths.map((width) => `${width + 3}ch`).join(" ")}`;
    head.style.gridTemplateColumns = template;
    head.replaceChildren(...cellsOf(["#", ...(table.rows[0] ?? [])], widths.length + 1, "columnheader"));
    makeSortable(head, sort, (column) => sortRef.current(column));
    viewport.setAttribute("role", "rowgroup");
    viewport.ariaLabel = "Rows";
    const list = new RowList({
      viewport,
      rowHeight: ROW_HEIGHT_PX,
      draw(row, element) {
        const at = order?.[row] ?? row;
        element.className = "row-list-row table-row";
        element.setAttribute("role", "row");
        element.ariaRowIndex = String(row + 2);
        element.style.gridTemplateColumns = template;
        element.replaceChildren(...cellsOf([String(at + 1), ...(table.rows[at + 1] ?? [])], widths.length + 1, "cell"));
      },
    });
    list.setContentWidth(`${widths.reduce((sum, width) => sum + width + 3, 12)}ch`);
    list.setCount(Math.max(0, table.rows.length - 1));
    const follow = () => {
      head.style.transform = `translateX(${-viewport.scrollLeft}px)`;
    };
    viewport.addEventListener("scroll", follow);
    return () => {
      viewport.removeEventListener("scroll", follow);
      list.destroy();
    };
  }, [table, label, order, sort]);
  return (
    <div ref={tableRef} className="table-view flex min-h-0 flex-1 flex-col overflow-hidden">
      <div className="overflow-hidden border-b border-line bg-raised">
        <div ref={headRef} className="table-row table-head" />
      </div>
      <div ref={viewportRef} className="row-list min-h-0 flex-1" />
    </div>
  );
}

/** Makes a button of each head; the one sorted by says so. */
function makeSortable(head: HTMLElement, sort: string | undefined, onSort: (column: number) => void): void {
  const by = parseSort(sort);
  for (const [place, cell] of [...head.children].entries()) {
    if (place === 0 || !(cell instanceof HTMLElement)) continue;
    const isBy = by?.column === place - 1;
    cell.ariaSort = isBy ? (by.descending ? "descending" : "ascending") : "none";
    const button = document.createElement("button");
    button.type = "button";
    button.className = "table-sort";
    button.textContent = `${cell.textContent}${isBy ? (by.descending ? " ↓" : " ↑") : ""}`;
    button.addEventListener("click", () => onSort(place - 1));
    cell.replaceChildren(button);
  }
}

function cellsOf(texts: string[], columns: number, role: "cell" | "columnheader"): HTMLElement[] {
  return Array.from({ length: columns }, (_, column) => {
    const cell = document.createElement("div");
    cell.setAttribute("role", role);
    const text = texts[column] ?? "";
    cell.textContent = visibleText(text.length > MAX_CELL_CHARS ? `${text.slice(0, MAX_CELL_CHARS)}…` : text);
    if (text.length > MAX_COLUMN_CH) cell.title = visibleText(text.slice(0, 4000));
    return cell;
  });
}
