// Draws the visible part of the grid. Nothing here knows of React or of the address.
import { type Cell, type GridModel, letterAt, markAt } from "./gridModel";

/** Sizes in CSS pixels. */
export const cellWidth = 15;
export const rowHeight = 24;

/** What part of the grid is seen, and how. */
export interface Look {
  width: number;
  height: number;
  scrollLeft: number;
  scrollTop: number;
  active: Cell | null;
  hovered: Cell | null;
}

interface Colours {
  pass: string;
  fail: string;
  flaky: string;
  skip: string;
  line: string;
  accent: string;
  selected: string;
  onFail: string;
  onFlaky: string;
}

let known: { theme: string | undefined; colours: Colours } | undefined;

/** The theme's colours; asking the browser for them at each frame would make it work out every style anew. */
function coloursOf(element: Element): Colours {
  const { theme } = document.documentElement.dataset;
  if (known && known.theme === theme) return known.colours;
  const style = getComputedStyle(element);
  const of = (name: string) => style.getPropertyValue(name).trim();
  const colours = {
    pass: of("--pass"),
    fail: of("--fail"),
    flaky: of("--flaky"),
    skip: of("--skip"),
    line: of("--line"),
    accent: of("--accent"),
    selected: of("--selected"),
    onFail: theme === "dark" ? "#1c0506" : "#ffffff",
    onFlaky: "#221600",
  };
  known = { theme, colours };
  return colours;
}

/** Draws; returns quietly where the browser gives no drawing surface. */
export function drawGrid(canvas: HTMLCanvasElement, model: GridModel, look: Look): void {
  const ratio = window.devicePixelRatio || 1;
  const width = Math.round(look.width * ratio);
  const height = Math.round(look.height * ratio);
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  const context = canvas.getContext("2d");
  if (!context) return;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, look.width, look.height);
  const colours = coloursOf(canvas);
  drawBands(context, model, look, colours);
  context.font = '600 10px "Inter Variable", system-ui, sans-serif';
  context.textAlign = "center";
  context.textBaseline = "middle";
  eachVisible(model, look, (cell, x, y) => drawCell(context, model, cell, x, y, colours));
  if (look.active) drawFrame(context, look, look.active, colours.accent, 2);
  if (look.hovered) drawFrame(context, look, look.hovered, colours.accent, 1);
}

function eachVisible(model: GridModel, look: Look, draw: (cell: Cell, x: number, y: number) => void): void {
  const firstRow = Math.max(0, Math.floor(look.scrollTop / rowHeight));
  const lastRow = Math.min(model.rows.length - 1, Math.floor((look.scrollTop + look.height) / rowHeight));
  const firstColumn = Math.max(0, Math.floor(look.scrollLeft / cellWidth));
  const lastColumn = Math.min(model.runs.length - 1, Math.floor((look.scrollLeft + look.width) / cellWidth));
  for (let row = firstRow; row <= lastRow; row++) {
    for (let column = firstColumn; column <= lastColumn; column++) {
      draw({ row, column }, column * cellWidth - look.scrollLeft, row * rowHeight - look.scrollTop);
    }
  }
}

/** The row and the column looked at, and the columns that are no evidence, behind the cells. */
function drawBands(context: CanvasRenderingContext2D, model: GridModel, look: Look, colours: Colours): void {
  context.fillStyle = colours.line;
  context.globalAlpha = 0.6;
  for (const [column, run] of model.runs.entries()) {
    if (run.guarded) context.fillRect(column * cellWidth - look.scrollLeft, 0, cellWidth, look.height);
  }
  context.globalAlpha = 1;
  const at = look.hovered ?? look.active;
  if (!at) return;
  context.fillStyle = colours.selected;
  context.fillRect(0, at.row * rowHeight - look.scrollTop, look.width, rowHeight);
  context.fillRect(at.column * cellWidth - look.scrollLeft, 0, cellWidth, look.height);
}

function drawCell(
  context: CanvasRenderingContext2D,
  model: GridModel,
  cell: Cell,
  x: number,
  y: number,
  colours: Colours,
): void {
  const guarded = model.runs[cell.column]?.guarded ?? false;
  const box = (inset: number, colour: string, alpha: number) => {
    context.globalAlpha = guarded ? alpha * 0.6 : alpha;
    context.fillStyle = colour;
    context.fillRect(x + 1, y + inset, cellWidth - 2, rowHeight - 2 * inset);
    context.globalAlpha = 1;
  };
  switch (letterAt(model, cell)) {
    case "P":
      box(7, colours.pass, 0.55);
      break;
    case "F":
      box(3, colours.fail, 1);
      write(context, markAt(model, cell), x, y, colours.onFail);
      break;
    case "L":
      box(5, colours.flaky, 1);
      write(context, markAt(model, cell), x, y, colours.onFlaky);
      break;
    case "S":
      box(11, colours.skip, 1);
      break;
    default:
      break;
  }
}

function write(context: CanvasRenderingContext2D, mark: string, x: number, y: number, colour: string): void {
  context.fillStyle = colour;
  context.fillText(mark, x + cellWidth / 2, y + rowHeight / 2 + 0.5);
}

function drawFrame(context: CanvasRenderingContext2D, look: Look, cell: Cell, colour: string, width: number): void {
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.strokeRect(
    cell.column * cellWidth - look.scrollLeft + 0.5,
    cell.row * rowHeight - look.scrollTop + 1.5,
    cellWidth - 1,
    rowHeight - 3,
  );
}
