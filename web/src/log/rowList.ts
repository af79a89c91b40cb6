// A scrolling list of any number of rows that keeps only the visible ones in the document. It knows nothing of
// what a row holds: the owner draws. Rows are one line high, or, with wrapping, as high as their text.
//
// The rows lie on a sheet inside a layer that sticks to the viewport; the sheet is moved by script, so what is
// seen never runs ahead of what is drawn. Without wrapping the position is a virtual pixel (see scroll.ts); with
// wrapping it is an anchor, a row and the pixels scrolled into it, since nobody knows the height of all rows.

import {
  type Align,
  clampTop,
  isScaled,
  MAX_CONTENT_PX,
  type ScrollScale,
  scrollOfTop,
  scrollScale,
  topOfRow,
  topOfScroll,
  visibleRows,
} from "./scroll";

const OVERSCAN = 6;
/** Rows are placed relative to an origin; beyond this distance it is moved, so that offsets stay small and exact. */
const REBASE_ROWS = 5000;

interface Anchor {
  row: number;
  offset: number;
}

/** What a row list is made of. */
export interface RowListOptions {
  viewport: HTMLElement;
  rowHeight: number;
  /** Fills `element`, which may hold another row's content, with row `row`. */
  draw(row: number, element: HTMLElement): void;
  /** Called whenever other rows may be on view. */
  onRender?(): void;
  /** Hears keys first; true where it has dealt with one. */
  onKey?(event: KeyboardEvent): boolean;
}

/** The list; `destroy` it when its viewport goes. */
export class RowList {
  private readonly viewport: HTMLElement;
  private readonly spacer = document.createElement("div");
  private readonly layer = document.createElement("div");
  private readonly sheet = document.createElement("div");
  private readonly rowHeight: number;
  private readonly drawRow: (row: number, element: HTMLElement) => void;
  private readonly onRender: () => void;
  private readonly onOwnKey: (event: KeyboardEvent) => boolean;
  private readonly observer: ResizeObserver;

  private count = 0;
  private viewHeight = 0;
  private wrap = false;
  private scale: ScrollScale;
  private top = 0;
  private anchor: Anchor = { row: 0, offset: 0 };
  private endAnchor: Anchor | null = null;
  private readonly heights = new Map<number, number>();
  private maxScroll = 0;

  private first = 0;
  private origin = 0;
  private live: HTMLElement[] = [];
  private pool: HTMLElement[] = [];
  private lastScroll = 0;
  private ownsWheel = false;

  constructor(options: RowListOptions) {
    this.viewport = options.viewport;
    this.rowHeight = options.rowHeight;
    this.drawRow = options.draw;
    this.onRender = options.onRender ?? (() => undefined);
    this.onOwnKey = options.onKey ?? (() => false);
    this.scale = scrollScale(0, this.rowHeight, 0);
    this.spacer.className = "row-list-spacer";
    this.layer.className = "row-list-layer";
    this.sheet.className = "row-list-sheet";
    this.layer.append(this.sheet);
    this.spacer.append(this.layer);
    this.viewport.replaceChildren(this.spacer);
    // What scrolls must be reachable by keyboard and have a role that can bear a name.
    this.viewport.tabIndex = 0;
    if (!this.viewport.hasAttribute("role")) this.viewport.setAttribute("role", "group");
    this.viewport.addEventListener("scroll", this.onScroll);
    this.viewport.addEventListener("scrollend", this.onScrollEnd);
    this.viewport.addEventListener("keydown", this.onKey);
    this.observer = new ResizeObserver(() => this.onResize());
    this.observer.observe(this.viewport);
    this.viewHeight = this.viewport.clientHeight;
  }

  destroy(): void {
    this.observer.disconnect();
    this.viewport.removeEventListener("scroll", this.onScroll);
    this.viewport.removeEventListener("scrollend", this.onScrollEnd);
    this.viewport.removeEventListener("keydown", this.onKey);
    this.viewport.removeEventListener("wheel", this.onWheel);
    this.viewport.replaceChildren();
  }

  /** How many rows there are. The position stays. */
  setCount(count: number): void {
    this.count = count;
    this.relayout();
  }

  setWrap(wrap: boolean): void {
    if (wrap === this.wrap) return;
    const row = this.topRow();
    this.wrap = wrap;
    this.viewport.classList.toggle("is-wrapped", wrap);
    this.heights.clear();
    this.anchor = { row, offset: 0 };
    this.top = row * this.rowHeight;
    this.relayout();
  }

  /** The width of the widest row seen so far, as a CSS length. */
  setContentWidth(width: string): void {
    this.spacer.style.minWidth = this.wrap ? "" : width;
  }

  /** Draws every visible row anew. */
  redraw(): void {
    this.heights.clear();
    this.endAnchor = null;
    this.live.forEach((element, index) => {
      this.drawRow(this.first + index, element);
    });
    if (this.wrap) this.relayout();
  }

  /** The first row that is at least partly visible. */
  topRow(): number {
    return this.wrap ? this.anchor.row : Math.min(Math.max(0, this.count - 1), Math.floor(this.top / this.rowHeight));
  }

  /** Whether the last row is on view. */
  isAtEnd(): boolean {
    if (!this.wrap) return this.top >= this.scale.maxTop - 1;
    const end = this.end();
    return this.anchor.row > end.row || (this.anchor.row === end.row && this.anchor.offset >= end.offset - 1);
  }

  /** The row behind the one that is the last at least partly visible. */
  endRow(): number {
    const shown = this.wrap
      ? this.first + this.live.length - OVERSCAN
      : Math.ceil((this.top + this.viewHeight) / this.rowHeight);
    return Math.min(this.count, Math.max(this.topRow() + 1, shown));
  }

  /** How many rows fit. */
  pageRows(): number {
    return Math.max(1, Math.floor(this.viewHeight / this.rowHeight));
  }

  scrollToRow(row: number, align: Align): void {
    if (this.wrap) this.scrollAnchorTo(row, align);
    else this.moveTo(topOfRow(this.scale, row, this.rowHeight, this.viewHeight, this.top, align));
  }

  /** Moves by virtual pixels; false where the end was already reached. */
  moveBy(pixels: number): boolean {
    if (this.wrap) return this.moveAnchor(pixels);
    const before = this.top;
    this.moveTo(this.top + pixels);
    return this.top !== before;
  }

  private moveTo(top: number): void {
    this.top = clampTop(this.scale, top);
    this.showPosition();
    this.render();
  }

  /** Puts the scroll bar where the position is. */
  private showPosition(): void {
    const wanted = this.wrap ? this.scrollOfAnchor() : scrollOfTop(this.scale, this.top);
    if (Math.abs(this.viewport.scrollTop - wanted) >= 1 || wanted === 0) this.viewport.scrollTop = wanted;
    this.lastScroll = this.viewport.scrollTop;
    // One to one, what the browser made of the number is the position.
    if (!this.wrap && !isScaled(this.scale)) this.top = this.lastScroll;
  }

  private readonly onScroll = (): void => {
    const scrollTop = this.viewport.scrollTop;
    const delta = scrollTop - this.lastScroll;
    if (Math.abs(delta) < 0.5) return;
    this.lastScroll = scrollTop;
    if (!this.wrap && !isScaled(this.scale)) {
      this.top = scrollTop;
    } else if (scrollTop <= 0 || scrollTop >= this.maxScroll - 1 || Math.abs(delta) > this.viewHeight) {
      this.jumpToScroll(scrollTop);
    } else {
      // A finger or a click beside the thumb: meant in pixels of text, not in shares of the whole.
      if (this.wrap) this.shiftAnchor(delta);
      else this.top = clampTop(this.scale, this.top + delta);
    }
    this.render();
  };

  private jumpToScroll(scrollTop: number): void {
    if (!this.wrap) {
      this.top = topOfScroll(this.scale, scrollTop);
      return;
    }
    const end = this.end();
    if (scrollTop >= this.maxScroll - 1) this.anchor = { ...end };
    else {
      const position = (Math.max(0, scrollTop) / Math.max(1, this.maxScroll)) * this.positionOf(end);
      const row = Math.min(Math.max(0, this.count - 1), Math.floor(position));
      this.anchor = { row, offset: (position - row) * this.heightOf(row) };
    }
  }

  private readonly onScrollEnd = (): void => {
    if (this.wrap || isScaled(this.scale)) this.showPosition();
  };

  private readonly onWheel = (event: WheelEvent): void => {
    if (event.ctrlKey) return;
    const unit = event.deltaMode === 1 ? this.rowHeight : event.deltaMode === 2 ? this.viewHeight : 1;
    if (event.deltaX !== 0) this.viewport.scrollLeft += event.deltaX * unit;
    if (this.moveBy(event.deltaY * unit) || event.deltaY === 0) event.preventDefault();
  };

  private readonly onKey = (event: KeyboardEvent): void => {
    if (event.target !== this.viewport || event.ctrlKey || event.metaKey || event.altKey) return;
    if (this.onOwnKey(event)) {
      event.preventDefault();
      return;
    }
    const page = this.viewHeight - this.rowHeight;
    if (event.key === "ArrowDown") this.moveBy(this.rowHeight);
    else if (event.key === "ArrowUp") this.moveBy(-this.rowHeight);
    else if (event.key === "PageDown" || (event.key === " " && !event.shiftKey)) this.moveBy(page);
    else if (event.key === "PageUp" || event.key === " ") this.moveBy(-page);
    else if (event.key === "Home") this.scrollToRow(0, "start");
    else if (event.key === "End") this.scrollToRow(this.count - 1, "nearest");
    else return;
    event.preventDefault();
  };

  private onResize(): void {
    const height = this.viewport.clientHeight;
    if (height === this.viewHeight && !this.wrap) return;
    this.viewHeight = height;
    this.heights.clear();
    this.relayout();
  }

  private relayout(): void {
    this.endAnchor = null;
    this.layer.style.height = `${this.viewHeight}px`;
    if (this.wrap) this.layoutWrapped();
    else this.layoutEven();
    const ownsWheel = this.wrap || isScaled(this.scale);
    if (ownsWheel !== this.ownsWheel) {
      this.ownsWheel = ownsWheel;
      // A listener that may cancel makes the browser wait for it, so it is there only where it is needed.
      if (ownsWheel) this.viewport.addEventListener("wheel", this.onWheel, { passive: false });
      else this.viewport.removeEventListener("wheel", this.onWheel);
    }
    this.showPosition();
    this.render();
  }

  private layoutEven(): void {
    this.scale = scrollScale(this.count, this.rowHeight, this.viewHeight);
    this.maxScroll = this.scale.maxScroll;
    this.spacer.style.height = `${this.scale.contentHeight}px`;
    this.top = clampTop(this.scale, this.top);
  }

  private layoutWrapped(): void {
    this.setContentWidth("");
    this.anchor.row = Math.min(this.anchor.row, Math.max(0, this.count - 1));
    const end = this.end();
    const fits = end.row === 0 && end.offset === 0;
    let measured = 0;
    for (const height of this.heights.values()) measured += height;
    const average = this.heights.size === 0 ? this.rowHeight : measured / this.heights.size;
    const content = fits ? this.viewHeight : Math.max(this.viewHeight + end.offset + 1, this.count * average);
    const height = Math.min(MAX_CONTENT_PX, content);
    this.maxScroll = Math.max(0, height - this.viewHeight);
    this.spacer.style.height = `${height}px`;
    this.clampAnchor();
  }

  // --- drawing

  private render(): void {
    if (this.viewHeight === 0) return;
    if (this.wrap) this.renderWrapped();
    else this.renderEven();
    this.onRender();
  }

  private renderEven(): void {
    const [first, end] = visibleRows(this.top, this.viewHeight, this.rowHeight, this.count);
    const from = Math.max(0, first - OVERSCAN);
    if (Math.abs(from - this.origin) > REBASE_ROWS) {
      this.origin = from;
      this.live.forEach((element, index) => {
        this.placeEven(this.first + index, element);
      });
    }
    this.setRange(from, Math.min(this.count, end + OVERSCAN));
    this.sheet.style.transform = `translateY(${this.origin * this.rowHeight - this.top}px)`;
  }

  private placeEven(row: number, element: HTMLElement): void {
    element.style.transform = `translateY(${(row - this.origin) * this.rowHeight}px)`;
  }

  private renderWrapped(): void {
    const from = Math.max(0, this.anchor.row - OVERSCAN);
    const fit = Math.ceil(this.viewHeight / this.rowHeight);
    this.setRange(from, Math.min(this.count, this.anchor.row + fit + OVERSCAN));
    this.measureLive();
    this.sheet.style.transform = "";
    let y = -this.anchor.offset;
    for (let row = this.anchor.row - 1; row >= this.first; row--) y -= this.heights.get(row) ?? 0;
    this.live.forEach((element, index) => {
      element.style.transform = `translateY(${y}px)`;
      y += this.heights.get(this.first + index) ?? this.rowHeight;
    });
  }

  /** Makes exactly the rows `[from, end)` live, in document order, drawing only those that were not. */
  private setRange(from: number, end: number): void {
    const liveEnd = this.first + this.live.length;
    if (from >= liveEnd || end <= this.first) {
      this.pool.push(...this.live);
      this.live = [];
      this.first = from;
    }
    while (this.live.length > 0 && this.first < from) {
      this.first++;
      this.release(this.live.shift());
    }
    while (this.live.length > 0 && this.first + this.live.length > end) this.release(this.live.pop());
    while (this.live.length > 0 && this.first > from) {
      this.first--;
      const element = this.take();
      this.sheet.prepend(element);
      this.live.unshift(element);
      this.drawLive(this.first, element);
    }
    while (this.first + this.live.length < end) {
      const element = this.take();
      this.sheet.append(element);
      this.live.push(element);
      this.drawLive(this.first + this.live.length - 1, element);
    }
    for (const element of this.pool) element.remove();
  }

  private release(element: HTMLElement | undefined): void {
    if (element) this.pool.push(element);
  }

  private take(): HTMLElement {
    const element = this.pool.pop();
    if (element) return element;
    const fresh = document.createElement("div");
    fresh.className = "row-list-row";
    return fresh;
  }

  private drawLive(row: number, element: HTMLElement): void {
    if (!this.wrap) this.placeEven(row, element);
    this.drawRow(row, element);
  }

  // --- rows of unequal height

  private measureLive(): void {
    this.live.forEach((element, index) => {
      const row = this.first + index;
      if (!this.heights.has(row)) this.heights.set(row, element.offsetHeight);
    });
  }

  private heightOf(row: number): number {
    const known = this.heights.get(row);
    if (known !== undefined) return known;
    this.measure(row, row + 1);
    return this.heights.get(row) ?? this.rowHeight;
  }

  /** Measures rows that are not on view, all in one layout. */
  private measure(from: number, end: number): void {
    const made: [row: number, element: HTMLElement][] = [];
    for (let row = Math.max(0, from); row < Math.min(this.count, end); row++) {
      if (this.heights.has(row)) continue;
      const element = document.createElement("div");
      element.className = "row-list-row is-measured";
      this.sheet.append(element);
      this.drawRow(row, element);
      made.push([row, element]);
    }
    for (const [row, element] of made) this.heights.set(row, element.offsetHeight);
    for (const [, element] of made) element.remove();
  }

  /** The anchor at which the last row touches the bottom. */
  private end(): Anchor {
    if (this.endAnchor) return this.endAnchor;
    const fit = Math.ceil(this.viewHeight / this.rowHeight);
    this.measure(this.count - fit, this.count);
    let room = this.viewHeight;
    let row = this.count;
    while (row > 0 && room > 0) {
      row--;
      room -= this.heightOf(row);
    }
    this.endAnchor = { row, offset: Math.max(0, -room) };
    return this.endAnchor;
  }

  private positionOf(anchor: Anchor): number {
    return anchor.row + (this.count === 0 ? 0 : anchor.offset / this.heightOf(anchor.row));
  }

  private scrollOfAnchor(): number {
    const end = this.positionOf(this.end());
    return end === 0 ? 0 : Math.min(1, this.positionOf(this.anchor) / end) * this.maxScroll;
  }

  private clampAnchor(): void {
    const end = this.end();
    if (this.anchor.row > end.row || (this.anchor.row === end.row && this.anchor.offset > end.offset)) {
      this.anchor = { ...end };
    }
  }

  private shiftAnchor(pixels: number): void {
    let { row, offset } = this.anchor;
    offset += pixels;
    if (offset < 0) this.measure(row - Math.ceil(-offset / this.rowHeight), row);
    while (offset < 0 && row > 0) {
      row--;
      offset += this.heightOf(row);
    }
    while (row < this.count - 1 && offset >= this.heightOf(row)) {
      offset -= this.heightOf(row);
      row++;
    }
    this.anchor = { row, offset: Math.max(0, offset) };
    this.clampAnchor();
  }

  private moveAnchor(pixels: number): boolean {
    const before = this.anchor;
    this.shiftAnchor(pixels);
    this.showPosition();
    this.render();
    return before.row !== this.anchor.row || before.offset !== this.anchor.offset;
  }

  private scrollAnchorTo(row: number, align: Align): void {
    if (this.count === 0) return;
    const before = this.anchor;
    this.anchor = { row: Math.min(row, this.count - 1), offset: 0 };
    if (align === "center") this.shiftAnchor(-(this.viewHeight - this.rowHeight) / 2);
    else if (align === "nearest") {
      const shown = this.first + this.live.length - OVERSCAN * 2;
      if (row > before.row && row < shown) this.anchor = before;
      else if (row > before.row) this.shiftAnchor(this.heightOf(row) - this.viewHeight);
    }
    this.clampAnchor();
    this.showPosition();
    this.render();
  }
}
