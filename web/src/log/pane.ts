// The moving part of the log view: a row list bound to a text, its folds, filter, highlights and selection.
// The toolbar around it is React; this is plain script, because it draws sixty times a second.

import { drawLine, drawMissing, type LineLook } from "./drawLine";
import { formatLineHash, type LineRange } from "./lineLink";
import type { LogLines } from "./logLines";
import type { Group } from "./logText";
import { ENDGROUP, GROUP } from "./prefix";
import { RowList } from "./rowList";
import { common, groupOf, lowerBound, Rows } from "./rows";
import type { Align } from "./scroll";

/** The height of a line that is not wrapped; the style sheet has the same number. */
export const LINE_HEIGHT_PX = 20;

/** What the pane tells its owner. */
export interface PaneEvents {
  /** Lines were chosen by clicking their numbers. */
  onSelect(range: LineRange): void;
  /** What is on view changed: folds, filter, number of lines. */
  onChange(): void;
  /** Other lines are on view; told at most once a frame. */
  onMove(): void;
}

/** Which lines are shown: some, or all but some; null for no such limit. */
export interface LineFilter {
  keep: Uint32Array | null;
  drop: Uint32Array | null;
}

/** The pane; `destroy` it when its viewport goes. */
export class LogPane {
  private readonly list: RowList;
  private log: LogLines;
  private rows = Rows.all(0);
  private readonly folded = new Map<number, boolean>();
  private filter: LineFilter | null = null;
  private pattern: RegExp | null = null;
  private selection: LineRange | null = null;
  private marked: ReadonlySet<number> = new Set();
  private current = -1;
  private columns = 0;
  private following = false;
  /** What was brought on view before it had come: it moves when lines above it turn out higher. */
  private awaited: { line: number; align: Align } | null = null;
  private frame = 0;

  constructor(
    private readonly viewport: HTMLElement,
    log: LogLines,
    private readonly events: PaneEvents,
  ) {
    this.log = log;
    this.list = new RowList({
      viewport,
      rowHeight: LINE_HEIGHT_PX,
      draw: (row, element) => this.draw(row, element),
      onRender: () => this.tellMoved(),
    });
    viewport.addEventListener("click", this.onClick);
  }

  destroy(): void {
    cancelAnimationFrame(this.frame);
    this.viewport.removeEventListener("click", this.onClick);
    this.list.destroy();
  }

  private tellMoved(): void {
    if (this.frame !== 0) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      this.events.onMove();
    });
  }

  /** Shows another text, from its start. */
  setText(log: LogLines): void {
    this.log = log;
    this.folded.clear();
    this.filter = null;
    this.current = -1;
    this.awaited = null;
    this.columns = 0;
    this.update();
    this.list.scrollToRow(0, "start");
    this.list.redraw();
  }

  /** Takes note of lines that arrived. */
  update(): void {
    const before = this.rows.count;
    this.rows = this.computeRows();
    const digits = Math.max(3, String(this.log.lineCount).length);
    this.viewport.style.setProperty("--digits", String(digits));
    if (this.rows.count !== before) this.list.setCount(this.rows.count);
    else this.list.redraw();
    if (this.following) this.scrollToEnd();
    else this.showAwaited();
    this.events.onChange();
  }

  private showAwaited(): void {
    if (!this.awaited || this.log.line(this.awaited.line) === null) return;
    const { line, align } = this.awaited;
    this.awaited = null;
    this.list.scrollToRow(this.rows.rowOf(line), align);
  }

  private computeRows(): Rows {
    const count = this.log.lineCount;
    if (!this.filter) return Rows.folded(count, this.log.groups, (group) => this.isFolded(group));
    const { keep, drop } = this.filter;
    if (keep) return Rows.only(drop ? common(keep, drop, false) : keep, count);
    return drop ? Rows.without(drop, count) : Rows.all(count);
  }

  /** Groups start folded, as on GitHub, except those that hold an error or never ended. */
  private isFolded(group: Group): boolean {
    return this.folded.get(group.first) ?? (group.closed && group.errors === 0);
  }

  private recompute(): void {
    const line = this.currentIsOnView() ? this.current : this.topLine();
    const above = this.rows.rowOf(line) - this.list.topRow();
    this.rows = this.computeRows();
    this.list.setCount(this.rows.count);
    // What was read stays where it was.
    this.list.scrollToRow(Math.max(0, this.rows.rowOf(line) - above), "start");
    this.list.redraw();
    this.events.onChange();
  }

  get hiddenLines(): number {
    return this.rows.hidden;
  }

  get rowCount(): number {
    return this.rows.count;
  }

  /** The first line on view, counted from zero. */
  topLine(): number {
    return this.rows.lineAt(this.list.topRow());
  }

  /** The lines on view: the first, and the one behind the last. */
  linesOnView(): [first: number, end: number] {
    return [this.topLine(), this.rows.lineAt(Math.max(0, this.list.endRow() - 1)) + 1];
  }

  private currentIsOnView(): boolean {
    const row = this.rows.rowOf(Math.max(0, this.current));
    return this.current >= 0 && row >= this.list.topRow() && row < this.list.endRow();
  }

  /** Where reading goes on from: the line last jumped to while it is on view, else before the top one. */
  currentLine(): number {
    return this.currentIsOnView() ? this.current : this.topLine() - 1;
  }

  /** The line that a key without a line of its own means. */
  focusLine(): number {
    return this.currentIsOnView() ? this.current : this.topLine();
  }

  /** Shows only some lines, or all again. Keeps the position. */
  setFilter(filter: LineFilter | null): void {
    if (filter === null && this.filter === null) return;
    this.filter = filter;
    this.recompute();
  }

  /** Highlights what matches. */
  setPattern(pattern: RegExp | null): void {
    this.pattern = pattern;
    this.list.redraw();
  }

  setWrap(wrap: boolean): void {
    this.list.setWrap(wrap);
    if (!wrap) this.widen(this.columns);
  }

  /** Keeps the end on view as lines arrive. */
  setFollow(follow: boolean): void {
    this.following = follow;
    if (follow) this.scrollToEnd();
  }

  /** Whether the last line is on view. */
  isAtEnd(): boolean {
    return this.list.isAtEnd();
  }

  /** Draws again, after something changed that the style sheet cannot do. */
  redraw(): void {
    this.list.redraw();
  }

  /** Marks lines, counted from one as in the address. */
  setSelection(range: LineRange | null): void {
    this.selection = range;
    this.list.redraw();
  }

  /** Shows which lines the reader has marked. */
  setMarked(lines: ReadonlySet<number>): void {
    this.marked = lines;
    this.list.redraw();
  }

  /** Brings a line (counted from zero) on view, unfolding what hides it, and makes it the current one. */
  reveal(line: number, align: Align = "center"): void {
    const group = groupOf(this.log.groups, line);
    if (!this.filter && group && group.first !== line && this.isFolded(group)) {
      this.folded.set(group.first, false);
      this.recompute();
    }
    this.current = line;
    this.list.scrollToRow(this.rows.rowOf(line), align);
    this.list.redraw();
    this.awaited = this.log.lineCount > line && this.log.line(line) === null ? { line, align } : null;
  }

  /** Brings lines `first..=last` on view, with everything folded inside them unfolded. */
  revealRange(first: number, last: number): void {
    const hiding = this.log.groups.filter(
      (group) => this.isFolded(group) && group.first < last && group.last >= first && group.last > group.first,
    );
    if (!this.filter && hiding.length > 0) {
      for (const group of hiding) this.folded.set(group.first, false);
      this.recompute();
    }
    this.reveal(first);
  }

  /** Puts a line in the middle without making it the current one. */
  scrollToLine(line: number): void {
    this.list.scrollToRow(this.rows.rowOf(line), "center");
  }

  moveRows(rows: number): void {
    this.awaited = null;
    this.list.moveBy(rows * LINE_HEIGHT_PX);
  }

  pageRows(): number {
    return this.list.pageRows();
  }

  scrollToStart(): void {
    this.list.scrollToRow(0, "start");
  }

  scrollToEnd(): void {
    this.list.scrollToRow(this.rows.count - 1, "nearest");
  }

  /** Whether any group is folded. */
  get hasFolded(): boolean {
    return this.log.groups.some((group) => this.isFolded(group));
  }

  setAllFolded(folded: boolean): void {
    for (const group of this.log.groups) this.folded.set(group.first, folded);
    this.recompute();
  }

  private toggle(group: Group): void {
    this.folded.set(group.first, !this.isFolded(group));
    this.rows = this.computeRows();
    this.list.setCount(this.rows.count);
    this.list.redraw();
    this.events.onChange();
  }

  private readonly onClick = (event: MouseEvent): void => {
    const target = event.target instanceof Element ? event.target : null;
    const row = target?.closest<HTMLElement>(".log-row");
    if (!target || !row) return;
    const line = Number(row.dataset.line);
    if (target.closest(".log-number")) {
      if (event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      this.select(line + 1, event.shiftKey);
    } else if (row.classList.contains("is-group") && !target.closest("a") && !this.filter) {
      if (document.getSelection()?.isCollapsed === false) return;
      const group = groupOf(this.log.groups, line);
      if (group?.first === line) this.toggle(group);
    }
  };

  private select(number: number, extend: boolean): void {
    const from = extend && this.selection ? this.selection : { first: number, last: number };
    this.events.onSelect(
      extend && number < from.first ? { first: number, last: from.last } : { first: from.first, last: number },
    );
  }

  private draw(row: number, element: HTMLElement): void {
    const line = this.rows.lineAt(row);
    const content = this.log.line(line);
    element.dataset.line = String(line);
    if (!content) {
      drawMissing(element, this.lookOf(line, false, false));
      return;
    }
    const group = content.kind === GROUP || content.kind === ENDGROUP ? null : groupOf(this.log.groups, line);
    this.widen(drawLine(element, content, this.lookOf(line, content.kind === GROUP, group !== null)));
  }

  private lookOf(line: number, opensGroup: boolean, inGroup: boolean): LineLook {
    const number = line + 1;
    const group = opensGroup && !this.filter ? groupOf(this.log.groups, line) : null;
    const opened = group?.first === line ? group : null;
    const folded = opened !== null && this.isFolded(opened);
    return {
      number: String(number),
      href: formatLineHash({ first: number, last: number }),
      fold: opened === null ? null : folded ? "folded" : "open",
      foldedLines: folded ? opened.last - opened.first - (opened.closed ? 1 : 0) : 0,
      inGroup,
      selected: this.selection !== null && number >= this.selection.first && number <= this.selection.last,
      current: line === this.current,
      marked: this.marked.has(line),
      pattern: this.pattern,
    };
  }

  private widen(columns: number): void {
    this.columns = Math.max(this.columns, columns);
    this.list.setContentWidth(`calc(${this.columns}ch + var(--log-margin) + var(--log-time) + 6ch)`);
  }
}

/** The element of the ascending `lines` that follows `from` (or precedes it), going round at the ends; null if there is none. */
export function nextIn(lines: ArrayLike<number>, from: number, forward: boolean): number | null {
  if (lines.length === 0) return null;
  const at = forward ? lowerBound(lines, from + 1) : lowerBound(lines, from) - 1;
  const index = at >= lines.length ? 0 : at < 0 ? lines.length - 1 : at;
  return lines[index] ?? null;
}
