// The grid as one focusable thing: a canvas for the cells, real links for names and runs, and for a screen
// reader a row and a cell that follow the keyboard.
import { Link, useNavigate } from "@tanstack/react-router";
import { type KeyboardEvent, memo, useId } from "react";
import { formatAbsolute } from "../../format";
import { endingOf, outcomeLabel, outcomeOf } from "../../outcome";
import { fullName, suiteOf } from "../../testing/words";
import { visibleName } from "../../ui";
import { cellWidth, rowHeight } from "./drawGrid";
import { type Cell, dayTicks, type GridModel, type GridRow, letterAt, moved, outcomeWord } from "./gridModel";
import { resultSearch } from "./resultSearch";
import { headerHeight, shownRows, useGridView } from "./useGridView";

const day = new Intl.DateTimeFormat("en", { day: "numeric", month: "short" });

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
  const navigate = useNavigate();
  const cellId = useId();
  const { scroller, canvas, names, view, repaint, reveal, cellAt } = useGridView(model, active, hovered);
  const gridHeight = model.rows.length * rowHeight;

  const open = async (cell: Cell) => {
    const row = model.rows[cell.row];
    const run = model.runs[cell.column];
    if (!row || !run || letterAt(model, cell) === "-") return;
    await onRemember(cell);
    await navigate({ to: "/runs/$runId", params: { runId: String(run.id) }, search: resultSearch(row.test) });
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
      onScroll={repaint}
      className="relative max-h-[70vh] overflow-auto overscroll-x-contain focus-visible:outline-none"
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
          {shownRows(view, active.row, model.rows.length).map((index) => {
            const row = model.rows[index];
            return (
              row && (
                <NameRow
                  key={row.test.id}
                  row={row}
                  index={index}
                  isLookedAt={index === (hovered ?? active).row}
                  cellId={index === active.row ? cellId : undefined}
                  column={index === active.row ? active.column : undefined}
                  sentence={index === active.row ? cellSentence(model, active) : undefined}
                />
              )
            );
          })}
        </div>
        <div className="col-start-2 row-start-2" style={{ width: model.runs.length * cellWidth, height: gridHeight }}>
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
