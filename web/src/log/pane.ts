// The moving part of the log view: a row list bound to a text, its folds, filter, highlights and selection.
// The toolbar around it is React; this is plain script, because it draws sixty times a second.

import { drawLine, type LineLook } from "./drawLine";
import { formatLineHash, type LineRange } from "./lineLink";
import type { Group, LogText } from "./logText";
import { ENDGROUP, GROUP } from "./prefix";
import { RowList } from "./rowList";
import { groupOf, lowerBound, Rows } from "./rows";
import type { Align } from "./scroll";

/** The height of a line that is not wrapped; the style sheet has the same number. */
export const LINE_HEIGHT_PX = 20;

/** How the lines of a text are numbered: `first` is the number of its first line, or null where only the distance to the end is known. */
export interface Numbering {
  first: number | null;
  linesToEnd: number | null;
}

/** What the pane tells its owner. */
export interface PaneEvents {
  /** Lines were chosen by clicking their numbers. */
  onSelect(range: LineRange): void;
  /** What is on view changed: folds, filter, number of lines. */
  onChange(): void;
}

/** The pane; `destroy` it when its viewport goes. */
export class LogPane {
  private readonly list: RowList;
  private log: LogText;
  private rows = Rows.all(0);
  private numbering: Numbering = { first: 1, linesToEnd: null };
  private readonly folded = new Map<number, boolean>();
  private filter: Uint32Array | null = null;
  private pattern: RegExp | null = null;
  private selection: LineRange | null = null;
  private current = -1;
  private columns = 0;

  constructor(
    private readonly viewport: HTMLElement,
    log: LogText,
    private readonly events: PaneEvents,
  ) {
    this.log = log;
    this.list = new RowList({
      viewport,
      rowHeight: LINE_HEIGHT_PX,
      draw: (row, element) => this.draw(row, element),
    });
    viewport.addEventListener("click", this.onClick);
  }

  destroy(): void {
    this.viewport.removeEventListener("click", this.onClick);
    this.list.destroy();
  }

  /** Shows another text, from its start. */
  setText(log: LogText, numbering: Numbering): void {
    this.log = log;
    this.numbering = numbering;
    this.folded.clear();
    this.filter = null;
    this.current = -1;
    this.columns = 0;
    this.update();
    this.list.scrollToRow(0, "start");
    this.list.redraw();
  }

  /** Takes note of lines that arrived. */
  update(): void {
    const before = this.rows.count;
    this.rows = this.computeRows();
    this.setDigits();
    if (this.rows.count !== before) this.list.setCount(this.rows.count);
    this.events.onChange();
  }

  private setDigits(): void {
    const largest =
      this.numbering.first === null ? -this.log.lineCount * 10 : this.numbering.first + this.log.lineCount;
    const digits = Math.max(3, String(largest).length);
    this.viewport.style.setProperty("--digits", String(digits));
  }

  private computeRows(): Rows {
    const count = this.log.lineCount;
    if (this.filter) return Rows.only(this.filter, count);
    return Rows.folded(count, this.log.groups, (group) => this.isFolded(group));
  }

  /** Groups start folded, as on GitHub, except those that hold an error or never ended. */
  private isFolded(group: Group): boolean {
    return this.folded.get(group.first) ?? (group.closed && group.errors === 0);
  }

  private recompute(): void {
    const line = this.topLine();
    const offsetKept = this.rows.rowOf(line);
    this.rows = this.computeRows();
    this.list.setCount(this.rows.count);
    if (this.rows.rowOf(line) !== offsetKept) this.list.scrollToRow(this.rows.rowOf(line), "start");
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

  /** Where reading goes on from: the line last jumped to while it is on view, else the top one. */
  currentLine(): number {
    const row = this.rows.rowOf(Math.max(0, this.current));
    const top = this.list.topRow();
    if (this.current >= 0 && row >= top && row < top + this.list.pageRows() + 1) return this.current;
    return this.topLine() - 1;
  }

  /** Shows only these lines (counted from zero), or all again. Keeps the position. */
  setFilter(lines: Uint32Array | null): void {
    if (lines === null && this.filter === null) return;
    this.filter = lines;
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

  /** Draws again, after something changed that the style sheet cannot do. */
  redraw(): void {
    this.list.redraw();
  }

  /** Marks lines, counted from one as in the address. */
  setSelection(range: LineRange | null): void {
    this.selection = range;
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

  moveRows(rows: number): void {
    this.list.moveBy(rows * LINE_HEIGHT_PX);
  }

  pageRows(): number {
    return this.list.pageRows();
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
      this.select(line, event.shiftKey);
    } else if (row.classList.contains("is-group") && !target.closest("a") && !this.filter) {
      if (document.getSelection()?.isCollapsed === false) return;
      const group = groupOf(this.log.groups, line);
      if (group?.first === line) this.toggle(group);
    }
  };

  private select(line: number, extend: boolean): void {
    if (this.numbering.first === null) return;
    const number = line + this.numbering.first;
    const from = extend && this.selection ? this.selection : { first: number, last: number };
    this.events.onSelect(
      extend && number < from.first ? { first: number, last: from.last } : { first: from.first, last: number },
    );
  }

  private draw(row: number, element: HTMLElement): void {
    const line = this.rows.lineAt(row);
    const content = this.log.line(line);
    const group = content.kind === GROUP || content.kind === ENDGROUP ? null : groupOf(this.log.groups, line);
    element.dataset.line = String(line);
    this.widen(drawLine(element, content, this.lookOf(line, content.kind === GROUP, group !== null)));
  }

  private lookOf(line: number, opensGroup: boolean, inGroup: boolean): LineLook {
    const { first, linesToEnd } = this.numbering;
    const number = first === null ? null : line + first;
    const opened = opensGroup && !this.filter ? groupOf(this.log.groups, line) : null;
    const folded = opened !== null && this.isFolded(opened);
    return {
      number: number === null ? String(line - (linesToEnd ?? this.log.lineCount)).replace("-", "−") : String(number),
      href: number === null ? null : formatLineHash({ first: number, last: number }),
      fold: opened === null ? null : folded ? "folded" : "open",
      foldedLines: folded ? opened.last - opened.first - (opened.closed ? 1 : 0) : 0,
      inGroup,
      selected:
        number !== null && this.selection !== null && number >= this.selection.first && number <= this.selection.last,
      current: line === this.current,
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
