// The grid as one focusable thing: a canvas for the cells, real links for names and runs, and for a screen
// reader a row and a cell that follow the keyboard.
import { useNavigate } from "@tanstack/react-router";
import { type KeyboardEvent, type MouseEvent, memo, type PointerEvent, useId, useRef } from "react";
import { formatAbsolute, formatDuration } from "../../format";
import { endingOf, outcomeLabel, outcomeOf } from "../../outcome";
import { fullName, suiteOf } from "../../testing/words";
import { visibleName } from "../../ui";
import type { CellSize } from "./drawGrid";
import {
  type Cell,
  dayTicks,
  type GridModel,
  type GridRow,
  letterAt,
  moved,
  outcomeWord,
  type Rectangle,
} from "./gridModel";
import { resultSearch } from "./resultSearch";
import { headerHeight, shownRows, useGridView } from "./useGridView";

const day = new Intl.DateTimeFormat("en", { day: "numeric", month: "short" });

/** What the grid tells of the reader's doings. */
export interface GridActions {
  onActive: (cell: Cell) => void;
  onHover: (cell: Cell | null) => void;
  onSelect: (rectangle: Rectangle | null) => void;
  /** Fixes the cell, or lets it go; its place is kept in the address. */
  onPin: (cell: Cell) => void;
  onRelease: () => void;
  /** Called before the grid leads away, to keep the cell in the address. */
  onRemember: (cell: Cell) => Promise<void>;
}

/** The grid. */
export function GridCanvas({
  model,
  size,
  active,
  hovered,
  selected,
  actions,
}: {
  model: GridModel;
  size: CellSize;
  active: Cell;
  hovered: Cell | null;
  selected: Rectangle | null;
  actions: GridActions;
}) {
  const navigate = useNavigate();
  const cellId = useId();
  const { scroller, canvas, names, view, repaint, reveal, cellAt } = useGridView(model, size, {
    active,
    hovered,
    selected,
  });
  const pressed = useRef<Cell | null>(null);
  const gridHeight = model.rows.length * size.height;

  const open = async (cell: Cell) => {
    const row = model.rows[cell.row];
    const run = model.runs[cell.column];
    if (!row || !run || letterAt(model, cell) === "-") return;
    await actions.onRemember(cell);
    await navigate({ to: "/runs/$runId", params: { runId: String(run.id) }, search: resultSearch(row.test) });
  };

  const onKey = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target !== event.currentTarget) return;
    if (event.key === "Escape") {
      actions.onRelease();
      return;
    }
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      if (event.key === "Enter") void open(active);
      else actions.onPin(active);
      return;
    }
    const next = moved(model, active, event.key);
    if (!next) return;
    event.preventDefault();
    actions.onHover(null);
    const isStretched = event.shiftKey && event.key.startsWith("Arrow");
    actions.onSelect(isStretched ? { from: selected?.from ?? active, to: next } : null);
    actions.onActive(next);
    reveal(next);
  };

  const onMove = (event: PointerEvent<HTMLCanvasElement>) => {
    const cell = event.pointerType === "mouse" ? cellAt(event) : null;
    actions.onHover(cell);
    const from = pressed.current;
    if (from && cell && (cell.row !== from.row || cell.column !== from.column)) actions.onSelect({ from, to: cell });
  };
  const onUp = (event: PointerEvent<HTMLCanvasElement>) => {
    const from = pressed.current;
    pressed.current = null;
    const cell = cellAt(event);
    if (!cell || event.button !== 0) return;
    if (event.pointerType === "mouse" && from && (cell.row !== from.row || cell.column !== from.column)) return;
    actions.onSelect(null);
    actions.onActive(cell);
    actions.onPin(cell);
  };
  // Links without the router's own component, of which hundreds would have to be made while the reader scrolls.
  const follow = (event: MouseEvent) => {
    const link = (event.target as HTMLElement).closest("a");
    const isPlain = event.button === 0 && !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
    if (!link || !isPlain) return;
    event.preventDefault();
    void actions.onRemember(active).then(() => navigate({ to: link.pathname }));
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
      onScroll={repaint}
      onClick={follow}
      className="relative max-h-[70vh] overflow-auto overscroll-x-contain focus-visible:outline-none"
    >
      <div
        className="relative grid grid-cols-[minmax(128px,clamp(128px,38vw,400px))_auto] grid-rows-[40px_auto]"
        style={{ width: "max-content", minWidth: "100%" }}
      >
        <RunHeads model={model} cellWidth={size.width} />
        <div
          ref={names}
          className="sticky left-0 z-10 col-start-1 row-start-2 border-r border-line bg-panel"
          style={{ height: gridHeight }}
        >
          {shownRows(view, active.row, model.rows.length).map((index) => {
            const row = model.rows[index];
            return (
              row && (
                <NameRow
                  key={row.test.id}
                  row={row}
                  index={index}
                  height={size.height}
                  isLookedAt={index === (hovered ?? active).row}
                  cellId={index === active.row ? cellId : undefined}
                  column={index === active.row ? active.column : undefined}
                  sentence={index === active.row ? cellSentence(model, active) : undefined}
                />
              )
            );
          })}
        </div>
        <div className="col-start-2 row-start-2" style={{ width: model.runs.length * size.width, height: gridHeight }}>
          <canvas
            ref={canvas}
            aria-hidden
            className="sticky block cursor-pointer"
            style={{
              top: headerHeight,
              left: view.nameWidth,
              width: view.width,
              height: view.height,
            }}
            onPointerDown={(event) => {
              pressed.current = event.button === 0 ? cellAt(event) : null;
            }}
            onPointerMove={onMove}
            onPointerLeave={() => actions.onHover(null)}
            onPointerUp={onUp}
            onDoubleClick={() => void open(active)}
          />
        </div>
      </div>
    </div>
  );
}

/** The name of a test and its figures, and for a screen reader the cell the keyboard is on. */
const NameRow = memo(function NameRow({
  row,
  index,
  height,
  isLookedAt,
  cellId,
  column,
  sentence,
}: {
  row: GridRow;
  index: number;
  height: number;
  isLookedAt: boolean;
  cellId: string | undefined;
  column: number | undefined;
  sentence: string | undefined;
}) {
  const suite = visibleName(suiteOf(row.test));
  const p50 = row.test.p50DurationMs;
  return (
    // biome-ignore lint/a11y/useSemanticElements: part of the mirror.
    // biome-ignore lint/a11y/useFocusableInteractive: the grid has the focus, and names its active cell.
    <div
      role="row"
      aria-rowindex={index + 2}
      className={`absolute inset-x-0 flex items-center gap-2 px-3 ${isLookedAt ? "bg-selected" : ""} ${row.startsGroup && index > 0 ? "border-t border-line" : ""}`}
      style={{ top: index * height, height }}
    >
      {/* biome-ignore lint/a11y/useSemanticElements: part of the mirror. */}
      {/* biome-ignore lint/a11y/useFocusableInteractive: the grid has the focus, and names its active cell. */}
      <span role="rowheader" className="min-w-0 flex-1 truncate text-sm">
        <a href={`/tests/${row.test.id}`} tabIndex={-1} title={visibleName(fullName(row.test))} className="text-text">
          {row.startsGroup && (
            <bdi className="mr-1.5 text-xs font-semibold text-muted">{visibleName(suite) || "no suite"}</bdi>
          )}
          <bdi>{visibleName(row.test.name)}</bdi>
          {!row.startsGroup && suite && (
            <bdi className="ml-1.5 text-xs text-faint max-sm:hidden">{visibleName(suite)}</bdi>
          )}
        </a>
      </span>
      <span
        aria-hidden
        className={`w-7 shrink-0 text-right text-xs max-md:hidden ${row.flips > 3 ? "text-flaky-text" : "text-faint"}`}
      >
        {row.flips}
      </span>
      <span aria-hidden className="w-11 shrink-0 text-right text-xs text-faint max-md:hidden">
        {p50 === null ? "–" : formatDuration(p50)}
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

const RunHeads = memo(function RunHeads({ model, cellWidth }: { model: GridModel; cellWidth: number }) {
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
        className="sticky left-0 z-20 flex items-end gap-2 border-r border-line bg-panel px-3 pb-1 text-sm font-medium"
      >
        <span className="flex-1">Test</span>
        <span aria-hidden className="w-7 text-right text-xs font-normal text-faint max-md:hidden">
          flips
        </span>
        <span aria-hidden className="w-11 text-right text-xs font-normal text-faint max-md:hidden">
          p50
        </span>
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
          const of = endingOf(run);
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
              <a
                href={`/runs/${run.id}`}
                tabIndex={-1}
                aria-label={visibleName(label)}
                title={visibleName(label)}
                className="flex h-4 w-full items-end justify-center"
              >
                <span className={`w-2 rounded-[1px] ${fills[outcomeOf(of)] ?? "bg-skip h-1"}`} />
              </a>
            </span>
          );
        })}
      </span>
    </div>
  );
});
