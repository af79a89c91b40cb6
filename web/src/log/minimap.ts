// The strip beside the lines that shows the whole text: errors, warnings, matches and marks, and which part is on
// view. Drawn when they change; while scrolling only a box moves.

import type { LogLines } from "./logLines";

/** What the strip shows. */
export interface MinimapMarks {
  log: LogLines;
  matches: Uint32Array;
  /** Lines the reader has marked, counted from zero. */
  marked: readonly number[];
}

const MARK_PX = 2;

/** The strip inside `element`; `destroy` it when that goes. */
export class Minimap {
  private readonly canvas = document.createElement("canvas");
  private readonly box = document.createElement("div");
  private readonly sizes: ResizeObserver;
  private readonly themes: MutationObserver;
  private marks: MinimapMarks | null = null;
  private height = 0;
  private isDragging = false;

  constructor(
    private readonly element: HTMLElement,
    /** Called with the line that was pointed at. */
    private readonly onJump: (line: number) => void,
  ) {
    this.box.className = "log-minimap-box";
    element.replaceChildren(this.canvas, this.box);
    element.addEventListener("pointerdown", this.onPointer);
    element.addEventListener("pointermove", this.onPointer);
    element.addEventListener("pointerup", this.onPointer);
    this.sizes = new ResizeObserver(() => this.draw());
    this.sizes.observe(element);
    this.themes = new MutationObserver(() => this.draw());
    this.themes.observe(document.documentElement, { attributes: true });
  }

  destroy(): void {
    this.sizes.disconnect();
    this.themes.disconnect();
    this.element.removeEventListener("pointerdown", this.onPointer);
    this.element.removeEventListener("pointermove", this.onPointer);
    this.element.removeEventListener("pointerup", this.onPointer);
    this.element.replaceChildren();
  }

  setMarks(marks: MinimapMarks): void {
    this.marks = marks;
    this.draw();
  }

  /** Shows which lines are on view. */
  setView(first: number, end: number): void {
    const count = Math.max(1, this.marks?.log.lineCount ?? 1);
    const top = (first / count) * this.height;
    const height = Math.max(8, ((end - first) / count) * this.height);
    this.box.style.transform = `translateY(${Math.min(top, this.height - height)}px)`;
    this.box.style.height = `${height}px`;
  }

  private draw(): void {
    const { clientWidth: width, clientHeight: height } = this.element;
    const context = this.canvas.getContext("2d");
    if (!context || !this.marks || height === 0) return;
    this.height = height;
    const ratio = window.devicePixelRatio || 1;
    this.canvas.width = Math.round(width * ratio);
    this.canvas.height = Math.round(height * ratio);
    context.scale(ratio, ratio);
    const style = getComputedStyle(this.element);
    const colour = (name: string) => style.getPropertyValue(name).trim() || "gray";
    const { log, matches, marked } = this.marks;
    const bars = (lines: ArrayLike<number>, fill: string, left: number, right: number) =>
      this.bars(context, positions(lines, log.lineCount, height), fill, left, right);
    if (log.levels) {
      const { stride, worst } = log.levels;
      const of = (level: number) =>
        Array.from(worst, (value, at) => (value === level ? at * stride : -1)).filter((line) => line >= 0);
      bars(of(2), colour("--flaky"), 0, width * 0.6);
      bars(of(3), colour("--fail"), 0, width);
    } else {
      bars(log.warnings, colour("--flaky"), 0, width * 0.6);
      bars(log.errors, colour("--fail"), 0, width);
    }
    bars(matches, colour("--match-current"), width * 0.6, width);
    bars(marked, colour("--accent"), 0, width * 0.4);
  }

  private bars(context: CanvasRenderingContext2D, at: number[], fill: string, left: number, right: number): void {
    context.fillStyle = fill;
    for (const y of at) context.fillRect(left, y, right - left, MARK_PX);
  }

  private readonly onPointer = (event: PointerEvent): void => {
    if (event.type === "pointerdown") {
      this.isDragging = true;
      this.element.setPointerCapture?.(event.pointerId);
      event.preventDefault();
    }
    if (this.isDragging && event.type !== "pointerup") {
      const share = (event.clientY - this.element.getBoundingClientRect().top) / Math.max(1, this.height);
      const count = this.marks?.log.lineCount ?? 0;
      this.onJump(Math.min(count - 1, Math.max(0, Math.floor(share * count))));
    }
    if (event.type === "pointerup") this.isDragging = false;
  };
}

/** Where lines lie on a strip of a height, each place once. */
export function positions(lines: ArrayLike<number>, count: number, height: number): number[] {
  const places: number[] = [];
  let last = -1;
  for (let index = 0; index < lines.length; index++) {
    const at = Math.min(height - MARK_PX, Math.floor(((lines[index] ?? 0) / Math.max(1, count)) * height));
    if (at !== last) places.push(at);
    last = at;
  }
  return places;
}
