// The grid as one focusable thing: a canvas for the cells, real links for names and runs, and for a screen
// reader a row and a cell that follow the keyboard.
import { Link, useNavigate } from "@tanstack/react-router";
import {
  type KeyboardEvent,
  memo,
  type PointerEvent,
  useEffect,
  useId,
  useLayoutEffect,
  useRef,
  useState,
} from "react";
import { formatAbsolute } from "../../format";
import { outcomeLabel, outcomeOf } from "../../outcome";
import { fullName, suiteOf } from "../../testing/words";
import { useTheme } from "../../theme";
import { visibleName } from "../../ui";
import { cellWidth, drawGrid, rowHeight } from "./drawGrid";
import { type Cell, dayTicks, type GridModel, type GridRow, letterAt, moved, outcomeWord } from "./gridModel";
import { resultSearch } from "./resultSearch";

const headerHeight = 40;
/** Rows come into view by so many at a time, so that React has little to do while the reader scrolls. */
const rowStep = 12;
/** What a place without a layout (a test, a hidden tab) is taken for. */
const usualHeight = 600;

const day = new Intl.DateTimeFormat("en", { day: "numeric", month: "short" });

interface Viewport {
  width: number;
  height: number;
  firstRow: number;
  lastRow: number;
}

/** The grid; `onRemember` is called before it leads away, to keep the cell in the address. */
export function GridCanvas({
  model,
  active,
  hovered,
  onActive,
  onHover,
  onRemember,
}: {
  model: GridModel;
  active: Cell;
  hovered: Cell | null;
  onActive: (cell: Cell) => void;
  onHover: (cell: Cell | null) => void;
  onRemember: (cell: Cell) => Promise<void>;
}) {
  const scroller = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const names = useRef<HTMLDivElement>(null);
  const navigate = useNavigate();
  const theme = useTheme();
  const cellId = useId();
  const [view, setView] = useState<Viewport>({ width: 0, height: 0, firstRow: 0, lastRow: 40 });
  const gridWidth = model.runs.length * cellWidth;
  const gridHeight = model.rows.length * rowHeight;

  // The drawing follows scrolling at once; React is told only when other rows come into view.
  const paint = () => {
    const box = scroller.current;
    if (!box || !canvas.current) return;
    const nameWidth = names.current?.offsetWidth ?? 0;
    const width = Math.min(gridWidth, Math.max(0, box.clientWidth - nameWidth));
    const height = Math.min(gridHeight, Math.max(0, (box.clientHeight || usualHeight) - headerHeight));
    const step = rowStep * rowHeight;
    const firstRow = Math.max(0, (Math.floor(box.scrollTop / step) - 1) * rowStep);
    const lastRow = Math.min(model.rows.length - 1, (Math.ceil((box.scrollTop + height) / step) + 1) * rowStep);
    setView((old) =>
      old.width === width && old.height === height && old.firstRow === firstRow && old.lastRow === lastRow
        ? old
        : { width, height, firstRow, lastRow },
    );
    drawGrid(canvas.current, model, {
      width,
      height,
      scrollLeft: box.scrollLeft,
      scrollTop: box.scrollTop,
      active,
      hovered,
    });
  };
  const latest = useRef(paint);
  latest.current = paint;

  // biome-ignore lint/correctness/useExhaustiveDependencies: what is drawn follows these, not only the function.
  useLayoutEffect(() => latest.current(), [model, active, hovered, theme, view.width, view.height]);
  useEffect(() => {
    const box = scroller.current;
    if (!box) return;
    // The newest runs are at the right end.
    box.scrollLeft = box.scrollWidth;
    latest.current();
    const observer = new ResizeObserver(() => latest.current());
    observer.observe(box);
    return () => observer.disconnect();
  }, []);

  const cellAt = (event: PointerEvent<HTMLCanvasElement>): Cell | null => {
    const box = scroller.current;
    if (!box) return null;
    const edge = event.currentTarget.getBoundingClientRect();
    const column = Math.floor((event.clientX - edge.left + box.scrollLeft) / cellWidth);
    const row = Math.floor((event.clientY - edge.top + box.scrollTop) / rowHeight);
    return row >= 0 && row < model.rows.length && column >= 0 && column < model.runs.length ? { row, column } : null;
  };

  const open = async (cell: Cell) => {
    const row = model.rows[cell.row];
    const run = model.runs[cell.column];
    if (!row || !run || letterAt(model, cell) === "-") return;
    await onRemember(cell);
    await navigate({ to: "/runs/$runId", params: { runId: String(run.id) }, search: resultSearch(row.test) });
  };

  const reveal = (cell: Cell) => {
    const box = scroller.current;
    if (!box) return;
    const nameWidth = names.current?.offsetWidth ?? 0;
    const x = cell.column * cellWidth;
    const y = cell.row * rowHeight;
    const width = box.clientWidth - nameWidth;
    const height = box.clientHeight - headerHeight;
    if (x < box.scrollLeft) box.scrollLeft = x - cellWidth;
    else if (x + cellWidth > box.scrollLeft + width) box.scrollLeft = x + 2 * cellWidth - width;
    if (y < box.scrollTop) box.scrollTop = y;
    else if (y + rowHeight > box.scrollTop + height) box.scrollTop = y + rowHeight - height;
  };

  const onKey = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target !== event.currentTarget) return;
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      void (event.key === "Enter" ? open(active) : onRemember(active));
      return;
    }
    const next = moved(model, active, event.key);
    if (!next) return;
    event.preventDefault();
    onHover(null);
    onActive(next);
    reveal(next);
  };

  return (
    // biome-ignore lint/a11y/useSemanticElements: a table of thousands of cells would be slow; this is its mirror.
    <div
      ref={scroller}
      role="grid"
      aria-label="Tests and runs, oldest run first"
      aria-rowcount={model.rows.length + 1}
      aria-colcount={model.runs.length + 1}
      aria-activedescendant={cellId}
      tabIndex={0}
      onKeyDown={onKey}
      onScroll={() => latest.current()}
      className="relative max-h-[70vh] overflow-auto overscroll-x-contain focus-visible:outline-offset-[-2px]"
    >
      <div
        className="relative grid grid-cols-[minmax(128px,clamp(128px,38vw,340px))_auto] grid-rows-[40px_auto]"
        style={{ width: "max-content", minWidth: "100%" }}
      >
        <RunHeads model={model} />
        <div
          ref={names}
          className="sticky left-0 z-10 col-start-1 row-start-2 border-r border-line bg-panel"
          style={{ height: gridHeight }}
        >
          {model.rows.slice(view.firstRow, view.lastRow + 1).map((row, offset) => {
            const index = view.firstRow + offset;
            return (
              <NameRow
                key={row.test.id}
                row={row}
                index={index}
                isLookedAt={index === (hovered ?? active).row}
                cellId={index === active.row ? cellId : undefined}
                column={index === active.row ? active.column : undefined}
                sentence={index === active.row ? cellSentence(model, active) : undefined}
              />
            );
          })}
        </div>
        <div className="col-start-2 row-start-2" style={{ width: gridWidth, height: gridHeight }}>
          <canvas
            ref={canvas}
            aria-hidden
            className="sticky block cursor-pointer"
            style={{
              top: headerHeight,
              left: names.current?.offsetWidth ?? 0,
              width: view.width,
              height: view.height,
            }}
            onPointerMove={(event) => onHover(event.pointerType === "mouse" ? cellAt(event) : null)}
            onPointerLeave={() => onHover(null)}
            onPointerUp={(event) => {
              const cell = cellAt(event);
              if (!cell || event.button !== 0) return;
              onActive(cell);
              // A finger has no hover: the first touch shows the cell, the link beside the grid opens it.
              if (event.pointerType === "mouse") void open(cell);
            }}
          />
        </div>
      </div>
    </div>
  );
}

/** The name of a test, and for a screen reader the cell the keyboard is on. */
const NameRow = memo(function NameRow({
  row,
  index,
  isLookedAt,
  cellId,
  column,
  sentence,
}: {
  row: GridRow;
  index: number;
  isLookedAt: boolean;
  cellId: string | undefined;
  column: number | undefined;
  sentence: string | undefined;
}) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: part of the mirror.
    // biome-ignore lint/a11y/useFocusableInteractive: the grid has the focus, and names its active cell.
    <div
      role="row"
      aria-rowindex={index + 2}
      className={`absolute inset-x-0 flex items-center px-3 ${isLookedAt ? "bg-selected" : ""}`}
      style={{ top: index * rowHeight, height: rowHeight }}
    >
      {/* biome-ignore lint/a11y/useSemanticElements: part of the mirror. */}
      {/* biome-ignore lint/a11y/useFocusableInteractive: the grid has the focus, and names its active cell. */}
      <span role="rowheader" className="min-w-0 truncate text-sm">
        <Link
          to="/tests/$testId"
          params={{ testId: String(row.test.id) }}
          preload={false}
          tabIndex={-1}
          title={visibleName(fullName(row.test))}
        >
          <bdi>{visibleName(row.test.name)}</bdi>
        </Link>{" "}
        <span className="text-xs text-faint max-sm:hidden">
          <bdi>{visibleName(suiteOf(row.test))}</bdi>
        </span>
      </span>
      {column !== undefined && (
        // biome-ignore lint/a11y/useSemanticElements: part of the mirror.
        // biome-ignore lint/a11y/useFocusableInteractive: the grid has the focus, and names its active cell.
        <span id={cellId} role="gridcell" aria-selected aria-colindex={column + 2} className="sr-only">
          {sentence}
        </span>
      )}
    </div>
  );
});

/** What a screen reader says of a cell. */
export function cellSentence(model: GridModel, cell: Cell): string {
  const row = model.rows[cell.row];
  const run = model.runs[cell.column];
  if (!row || !run) return "";
  const family = row.families.get(cell.column);
  const title = family === undefined ? undefined : model.titles.get(family);
  const parts = [fullName(row.test), `run ${run.runNumber}`, outcomeWord(letterAt(model, cell)), title];
  return visibleName(parts.filter(Boolean).join(", "));
}

const RunHeads = memo(function RunHeads({ model }: { model: GridModel }) {
  const ticks = dayTicks(model.runs, (time) => day.format(new Date(time)));
  const fills = { fail: "bg-fail h-3", pass: "bg-pass opacity-60 h-2" } as Record<string, string>;
  return (
    // biome-ignore lint/a11y/useSemanticElements: part of the mirror.
    // biome-ignore lint/a11y/useFocusableInteractive: the grid has the focus, and names its active cell.
    <div
      role="row"
      aria-rowindex={1}
      className="sticky top-0 z-20 col-span-2 row-start-1 grid grid-cols-subgrid border-b border-line bg-panel"
    >
      {/* biome-ignore lint/a11y/useSemanticElements: part of the mirror. */}
      {/* biome-ignore lint/a11y/useFocusableInteractive: the grid has the focus, and names its active cell. */}
      <span
        role="columnheader"
        className="sticky left-0 z-20 flex items-end border-r border-line bg-panel px-3 pb-1 text-sm font-medium"
      >
        Test
      </span>
      <span className="relative block" style={{ width: model.runs.length * cellWidth }}>
        {ticks.map(([at, name], index) => {
          const room = ((ticks[index + 1]?.[0] ?? model.runs.length) - at) * cellWidth;
          return (
            room >= 42 && (
              <span
                key={at}
                aria-hidden
                className="absolute top-1 text-xs whitespace-nowrap text-faint"
                style={{ left: at * cellWidth + 1 }}
              >
                {name}
              </span>
            )
          );
        })}
        {model.runs.map((run, index) => {
          const of = { status: "completed", conclusion: run.conclusion };
          const label = `#${run.runNumber} ${outcomeLabel(of)}, ${run.branch}, ${formatAbsolute(run.createdAt)}`;
          return (
            // biome-ignore lint/a11y/useSemanticElements: part of the mirror.
            // biome-ignore lint/a11y/useFocusableInteractive: the grid has the focus, and names its active cell.
            <span
              key={run.id}
              role="columnheader"
              className="absolute bottom-0 flex h-5 items-end justify-center pb-1"
              style={{ left: index * cellWidth, width: cellWidth }}
            >
              <Link
                to="/runs/$runId"
                params={{ runId: String(run.id) }}
                preload={false}
                tabIndex={-1}
                aria-label={visibleName(label)}
                title={visibleName(label)}
                className="flex h-4 w-full items-end justify-center"
              >
                <span className={`w-2 rounded-[1px] ${fills[outcomeOf(of)] ?? "bg-skip h-1"}`} />
              </Link>
            </span>
          );
        })}
      </span>
    </div>
  );
});
