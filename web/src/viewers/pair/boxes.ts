// Where two pictures differ: changed pixels gathered into a few boxes. Pure.

/** A part of a picture, in its pixels. */
export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** Changes nearer to each other than this belong to one box. */
const CELL_PX = 16;
/** More boxes than this say no more than the picture does. */
const MAX_BOXES = 40;

/**
 * Boxes around the pixels for which `isChanged` holds, largest first; changes close to each other share one. Beyond
 * forty the smallest are left out.
 */
export function changedBoxes(width: number, height: number, isChanged: (pixel: number) => boolean): Box[] {
  const columns = Math.ceil(width / CELL_PX);
  const rows = Math.ceil(height / CELL_PX);
  const cells = new Array<Edges | undefined>(columns * rows);
  for (let y = 0; y < height; y++) {
    const row = Math.floor(y / CELL_PX) * columns;
    for (let x = 0; x < width; x++) {
      if (!isChanged(y * width + x)) continue;
      const cell = row + Math.floor(x / CELL_PX);
      const edges = cells[cell];
      cells[cell] = edges
        ? joined(edges, { left: x, top: y, right: x, bottom: y })
        : { left: x, top: y, right: x, bottom: y };
    }
  }
  const found: Edges[] = [];
  for (let cell = 0; cell < cells.length; cell++) {
    if (cells[cell]) found.push(flood(cells, cell, columns, rows));
  }
  return found
    .map(({ left, top, right, bottom }) => ({ x: left, y: top, width: right - left + 1, height: bottom - top + 1 }))
    .sort((a, b) => b.width * b.height - a.width * a.height)
    .slice(0, MAX_BOXES);
}

interface Edges {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

function joined(a: Edges, b: Edges): Edges {
  return {
    left: Math.min(a.left, b.left),
    top: Math.min(a.top, b.top),
    right: Math.max(a.right, b.right),
    bottom: Math.max(a.bottom, b.bottom),
  };
}

/** Takes the cell and all that touch it out of `cells`, and returns what they cover. */
function flood(cells: (Edges | undefined)[], from: number, columns: number, rows: number): Edges {
  const waiting = [from];
  let covered = cells[from] as Edges;
  for (let cell = waiting.pop(); cell !== undefined; cell = waiting.pop()) {
    const edges = cells[cell];
    if (!edges) continue;
    covered = joined(covered, edges);
    cells[cell] = undefined;
    const column = cell % columns;
    const row = Math.floor(cell / columns);
    for (let y = Math.max(0, row - 1); y <= Math.min(rows - 1, row + 1); y++) {
      for (let x = Math.max(0, column - 1); x <= Math.min(columns - 1, column + 1); x++) waiting.push(y * columns + x);
    }
  }
  return covered;
}
