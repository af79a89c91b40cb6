// Keeps the drawing of the grid, and the rows React shows beside it, at the reader's scroll position.
import { type PointerEvent, type RefObject, useEffect, useLayoutEffect, useRef, useState } from "react";
import { useTheme } from "../../preferences";
import { type CellSize, drawGrid } from "./drawGrid";
import type { Cell, GridModel, Rectangle } from "./gridModel";

/** Height of the row of runs. */
export const headerHeight = 40;
/** Rows come into view by so many at a time, so that React has little to do while the reader scrolls. */
const rowStep = 12;
/** What a place without a layout (a test, a hidden tab) is taken for. */
const usualHeight = 600;

/** Where the drawing is, and which rows have names. */
export interface View {
  nameWidth: number;
  width: number;
  height: number;
  firstRow: number;
  lastRow: number;
}

function viewOf(box: HTMLElement, nameWidth: number, model: GridModel, size: CellSize): View {
  const width = Math.min(model.runs.length * size.width, Math.max(0, box.clientWidth - nameWidth));
  const room = Math.max(0, (box.clientHeight || usualHeight) - headerHeight);
  const height = Math.min(model.rows.length * size.height, room);
  const step = rowStep * size.height;
  return {
    nameWidth,
    width,
    height,
    firstRow: Math.max(0, (Math.floor(box.scrollTop / step) - 1) * rowStep),
    lastRow: Math.min(model.rows.length - 1, (Math.ceil((box.scrollTop + height) / step) + 1) * rowStep),
  };
}

function isSame(a: View, b: View): boolean {
  return (Object.keys(a) as (keyof View)[]).every((key) => a[key] === b[key]);
}

/** What the grid's elements are tied to. */
export interface GridView {
  scroller: RefObject<HTMLDivElement | null>;
  canvas: RefObject<HTMLCanvasElement | null>;
  names: RefObject<HTMLDivElement | null>;
  view: View;
  /** Draws anew, after scrolling. */
  repaint: () => void;
  /** Scrolls as little as is needed to show a cell. */
  reveal: (cell: Cell) => void;
  /** The cell under the pointer. */
  cellAt: (event: PointerEvent<HTMLCanvasElement>) => Cell | null;
}

/** Ties a grid's elements to its drawing. */
export function useGridView(
  model: GridModel,
  size: CellSize,
  { active, hovered, selected }: { active: Cell; hovered: Cell | null; selected: Rectangle | null },
): GridView {
  const scroller = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const names = useRef<HTMLDivElement>(null);
  const width = useRef<number | null>(null);
  const theme = useTheme();
  const [view, setView] = useState<View>({ nameWidth: 0, width: 0, height: 0, firstRow: 0, lastRow: 40 });

  // The drawing follows scrolling at once; React is told only when other rows come into view.
  const paint = () => {
    const box = scroller.current;
    if (!box || !canvas.current) return;
    width.current ??= names.current?.offsetWidth ?? 0;
    const next = viewOf(box, width.current, model, size);
    setView((old) => (isSame(old, next) ? old : next));
    const { scrollLeft, scrollTop } = box;
    drawGrid(canvas.current, model, { ...next, scrollLeft, scrollTop, size, active, hovered, selected });
  };
  const latest = useRef(paint);
  latest.current = paint;

  // biome-ignore lint/correctness/useExhaustiveDependencies: what is drawn follows these, not only the function.
  useLayoutEffect(
    () => latest.current(),
    [model, size, active.row, active.column, hovered, selected, theme, view.width, view.height],
  );
  useEffect(() => {
    const box = scroller.current;
    if (!box) return;
    // The newest runs are at the right end.
    box.scrollLeft = box.scrollWidth;
    latest.current();
    const observer = new ResizeObserver(() => {
      width.current = null;
      latest.current();
    });
    observer.observe(box);
    return () => observer.disconnect();
  }, []);

  return {
    scroller,
    canvas,
    names,
    view,
    repaint: () => latest.current(),
    reveal: (cell) => scroller.current && reveal(scroller.current, cell, names.current?.offsetWidth ?? 0, size),
    cellAt: (event) => (scroller.current ? cellUnder(event, scroller.current, model, size) : null),
  };
}

function reveal(box: HTMLElement, cell: Cell, nameWidth: number, size: CellSize): void {
  const { width: cellWidth, height: rowHeight } = size;
  const x = cell.column * cellWidth;
  const y = cell.row * rowHeight;
  const width = box.clientWidth - nameWidth;
  const height = box.clientHeight - headerHeight;
  if (x < box.scrollLeft) box.scrollLeft = x - cellWidth;
  else if (x + cellWidth > box.scrollLeft + width) box.scrollLeft = x + 2 * cellWidth - width;
  if (y < box.scrollTop) box.scrollTop = y;
  else if (y + rowHeight > box.scrollTop + height) box.scrollTop = y + rowHeight - height;
}

function cellUnder(
  event: PointerEvent<HTMLCanvasElement>,
  box: HTMLElement,
  model: GridModel,
  size: CellSize,
): Cell | null {
  const edge = event.currentTarget.getBoundingClientRect();
  const column = Math.floor((event.clientX - edge.left + box.scrollLeft) / size.width);
  const row = Math.floor((event.clientY - edge.top + box.scrollTop) / size.height);
  return row >= 0 && row < model.rows.length && column >= 0 && column < model.runs.length ? { row, column } : null;
}

/** The rows whose names are in the page: those in view, and the one the keyboard is on, wherever it is. */
export function shownRows(view: View, active: number, count: number): number[] {
  const rows: number[] = [];
  for (let row = view.firstRow; row <= Math.min(view.lastRow, count - 1); row++) rows.push(row);
  if (active >= 0 && active < count && !rows.includes(active)) rows.push(active);
  return rows;
}
