// Draws the visible part of the grid. Nothing here knows of React or of the address.
import { type Cell, type GridModel, markAt, type Rectangle } from "./gridModel";

/** Size of a cell in CSS pixels. */
export interface CellSize {
  width: number;
  height: number;
}

/** The sizes to choose from; the middle one where nothing is said. */
export const cellSizes: Record<"s" | "m" | "l", CellSize> = {
  s: { width: 10, height: 20 },
  m: { width: 15, height: 24 },
  l: { width: 22, height: 32 },
};

/** What part of the grid is seen, and how. */
export interface Look {
  width: number;
  height: number;
  scrollLeft: number;
  scrollTop: number;
  size: CellSize;
  active: Cell | null;
  hovered: Cell | null;
  selected: Rectangle | null;
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
  stamps.clear();
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
  drawCells(context, model, look, colours, ratio);
  if (look.selected) drawSelection(context, look, look.selected, colours);
  if (look.active) drawFrame(context, look, look.active, colours.accent, 2);
  if (look.hovered) drawFrame(context, look, look.hovered, colours.accent, 1);
}

/** The row and the column looked at, the columns that are no evidence and the borders of groups, behind the cells. */
function drawBands(context: CanvasRenderingContext2D, model: GridModel, look: Look, colours: Colours): void {
  const { width, height } = look.size;
  context.fillStyle = colours.line;
  context.globalAlpha = 0.6;
  for (const [column, run] of model.runs.entries()) {
    if (run.guarded) context.fillRect(column * width - look.scrollLeft, 0, width, look.height);
  }
  context.globalAlpha = 1;
  const { firstRow, lastRow } = visible(model, look);
  for (let row = firstRow; row <= lastRow; row++) {
    if (row > 0 && model.rows[row]?.startsGroup) context.fillRect(0, row * height - look.scrollTop, look.width, 1);
  }
  const at = look.hovered ?? look.active;
  if (!at) return;
  context.fillStyle = colours.selected;
  context.fillRect(0, at.row * height - look.scrollTop, look.width, height);
  context.fillRect(at.column * width - look.scrollLeft, 0, width, look.height);
}

function visible(model: GridModel, look: Look) {
  const { width, height } = look.size;
  return {
    firstRow: Math.max(0, Math.floor(look.scrollTop / height)),
    lastRow: Math.min(model.rows.length - 1, Math.floor((look.scrollTop + look.height) / height)),
    firstColumn: Math.max(0, Math.floor(look.scrollLeft / width)),
    lastColumn: Math.min(model.runs.length - 1, Math.floor((look.scrollLeft + look.width) / width)),
  };
}

const [passed, failed, flaky, skipped] = ["P", "F", "L", "S"].map((letter) => letter.charCodeAt(0));
/** How strongly a passed cell is drawn by its slowness, from as usual to three times as slow. */
const slowAlphas = [0.12, 0.3, 0.5, 0.75, 1];

// Thousands of cells a frame: the brush is changed only where the next cell needs another, cells that are alike lie
// side by side, and letters are stamped from a small picture, for setting type is what costs most.
function drawCells(
  context: CanvasRenderingContext2D,
  model: GridModel,
  look: Look,
  colours: Colours,
  ratio: number,
): void {
  const { size, scrollLeft, scrollTop } = look;
  const { firstRow, lastRow, firstColumn, lastColumn } = visible(model, look);
  const guarded = model.runs.map((run) => run.guarded);
  let brush = "";
  let alpha = -1;
  const fill = (x: number, y: number, share: number, colour: string, strength: number) => {
    if (colour !== brush) {
      context.fillStyle = colour;
      brush = colour;
    }
    if (strength !== alpha) {
      context.globalAlpha = strength;
      alpha = strength;
    }
    const height = Math.max(2, Math.round(size.height * share));
    context.fillRect(x + 1, y + ((size.height - height) >> 1), size.width - 2, height);
  };
  const stamp = (mark: string, x: number, y: number, isFailed: boolean, strength: number) => {
    if (strength !== alpha) {
      context.globalAlpha = strength;
      alpha = strength;
    }
    context.drawImage(stampOf(mark, isFailed, size, ratio, colours), x, y, size.width, size.height);
  };
  for (let row = firstRow; row <= lastRow; row++) {
    const line = model.rows[row];
    if (!line) continue;
    const y = Math.round(row * size.height - scrollTop);
    for (let column = firstColumn; column <= lastColumn; column++) {
      const letter = line.cells.charCodeAt(column);
      const x = Math.round(column * size.width - scrollLeft);
      const strength = guarded[column] ? 0.6 : 1;
      if (letter === passed) {
        const slow = line.slowness?.[column];
        if (slow === undefined) fill(x, y, 0.42, colours.pass, 0.55 * strength);
        else if (slow < 0) fill(x, y, 0.42, colours.skip, 0.4 * strength);
        else fill(x, y, 0.3 + 0.14 * slow, colours.accent, (slowAlphas[slow] ?? 1) * strength);
      } else if (letter === failed || letter === flaky) {
        stamp(markAt(model, { row, column }), x, y, letter === failed, strength);
      } else if (letter === skipped) fill(x, y, 0.08, colours.skip, strength);
    }
  }
  context.globalAlpha = 1;
}

const stamps = new Map<string, HTMLCanvasElement>();

/** The picture of a failed or flaky cell with its letter. */
function stampOf(mark: string, isFailed: boolean, size: CellSize, ratio: number, colours: Colours): HTMLCanvasElement {
  const key = `${mark} ${isFailed} ${size.width} ${ratio}`;
  const kept = stamps.get(key);
  if (kept) return kept;
  const picture = document.createElement("canvas");
  picture.width = Math.round(size.width * ratio);
  picture.height = Math.round(size.height * ratio);
  const context = picture.getContext("2d");
  if (context) {
    const inset = Math.round(size.height * (isFailed ? 0.12 : 0.2));
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.fillStyle = isFailed ? colours.fail : colours.flaky;
    context.fillRect(1, inset, size.width - 2, size.height - 2 * inset);
    context.fillStyle = isFailed ? colours.onFail : colours.onFlaky;
    context.font = `600 ${Math.min(13, Math.round(size.width * 0.68))}px "Inter Variable", system-ui, sans-serif`;
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.fillText(mark, size.width / 2, size.height / 2 + 0.5);
  }
  stamps.set(key, picture);
  return picture;
}

function drawSelection(context: CanvasRenderingContext2D, look: Look, { from, to }: Rectangle, colours: Colours): void {
  const { width, height } = look.size;
  const x = Math.min(from.column, to.column) * width - look.scrollLeft;
  const y = Math.min(from.row, to.row) * height - look.scrollTop;
  const across = (Math.abs(from.column - to.column) + 1) * width;
  const down = (Math.abs(from.row - to.row) + 1) * height;
  context.globalAlpha = 0.14;
  context.fillStyle = colours.accent;
  context.fillRect(x, y, across, down);
  context.globalAlpha = 1;
  context.strokeStyle = colours.accent;
  context.lineWidth = 1;
  context.strokeRect(x + 0.5, y + 0.5, across - 1, down - 1);
}

function drawFrame(context: CanvasRenderingContext2D, look: Look, cell: Cell, colour: string, thickness: number): void {
  const { width, height } = look.size;
  context.strokeStyle = colour;
  context.lineWidth = thickness;
  const x = cell.column * width - look.scrollLeft;
  const y = cell.row * height - look.scrollTop;
  context.strokeRect(x + 0.5, y + 1.5, width - 1, height - 3);
}
