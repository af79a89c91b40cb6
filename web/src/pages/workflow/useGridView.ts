// Keeps the drawing of the grid, and the rows React shows beside it, at the reader's scroll position.
import { type PointerEvent, type RefObject, useEffect, useLayoutEffect, useRef, useState } from "react";
import { useTheme } from "../../theme";
import { cellWidth, drawGrid, rowHeight } from "./drawGrid";
import type { Cell, GridModel } from "./gridModel";

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

function viewOf(box: HTMLElement, nameWidth: number, model: GridModel): View {
  const width = Math.min(model.runs.length * cellWidth, Math.max(0, box.clientWidth - nameWidth));
  const room = Math.max(0, (box.clientHeight || usualHeight) - headerHeight);
  const height = Math.min(model.rows.length * rowHeight, room);
  const step = rowStep * rowHeight;
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
export function useGridView(model: GridModel, active: Cell, hovered: Cell | null): GridView {
  const scroller = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const names = useRef<HTMLDivElement>(null);
  const theme = useTheme();
  const [view, setView] = useState<View>({ nameWidth: 0, width: 0, height: 0, firstRow: 0, lastRow: 40 });

  // The drawing follows scrolling at once; React is told only when other rows come into view.
  const paint = () => {
    const box = scroller.current;
    if (!box || !canvas.current) return;
    const next = viewOf(box, names.current?.offsetWidth ?? 0, model);
    setView((old) => (isSame(old, next) ? old : next));
    const { scrollLeft, scrollTop } = box;
    drawGrid(canvas.current, model, { ...next, scrollLeft, scrollTop, active, hovered });
  };
  const latest = useRef(paint);
  latest.current = paint;

  // biome-ignore lint/correctness/useExhaustiveDependencies: what is drawn follows these, not only the function.
  useLayoutEffect(() => latest.current(), [model, active.row, active.column, hovered, theme, view.width, view.height]);
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

  return {
    scroller,
    canvas,
    names,
    view,
    repaint: () => latest.current(),
    reveal: (cell) => scroller.current && reveal(scroller.current, cell, names.current?.offsetWidth ?? 0),
    cellAt: (event) => (scroller.current ? cellUnder(event, scroller.current, model) : null),
  };
}

function reveal(box: HTMLElement, cell: Cell, nameWidth: number): void {
  const x = cell.column * cellWidth;
  const y = cell.row * rowHeight;
  const width = box.clientWidth - nameWidth;
  const height = box.clientHeight - headerHeight;
  if (x < box.scrollLeft) box.scrollLeft = x - cellWidth;
  else if (x + cellWidth > box.scrollLeft + width) box.scrollLeft = x + 2 * cellWidth - width;
  if (y < box.scrollTop) box.scrollTop = y;
  else if (y + rowHeight > box.scrollTop + height) box.scrollTop = y + rowHeight - height;
}

function cellUnder(event: PointerEvent<HTMLCanvasElement>, box: HTMLElement, model: GridModel): Cell | null {
  const edge = event.currentTarget.getBoundingClientRect();
  const column = Math.floor((event.clientX - edge.left + box.scrollLeft) / cellWidth);
  const row = Math.floor((event.clientY - edge.top + box.scrollTop) / rowHeight);
  return row >= 0 && row < model.rows.length && column >= 0 && column < model.runs.length ? { row, column } : null;
}

/** The rows whose names are in the page: those in view, and the one the keyboard is on, wherever it is. */
export function shownRows(view: View, active: number, count: number): number[] {
  const rows: number[] = [];
  for (let row = view.firstRow; row <= Math.min(view.lastRow, count - 1); row++) rows.push(row);
  if (active >= 0 && active < count && !rows.includes(active)) rows.push(active);
  return rows;
}
