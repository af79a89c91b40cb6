// The moving part of the JSON viewer: a row list bound to a tree, with a chosen row and the keys of a tree.

import { visibleText } from "../../log/controls";
import { RowList } from "../../log/rowList";
import { matchRanges } from "../../log/search";
import type { JsonIndex } from "./jsonIndex";
import { JsonTree } from "./jsonTree";

const ROW_HEIGHT_PX = 22;
const INDENT_CH = 2;
/** Deeper levels are not indented further. */
const MAX_INDENT = 60;
/** Longer strings are cut in the row. */
const MAX_VALUE_CHARS = 2000;
const PREVIEW_CHARS = 120;

/** The pane; `destroy` it when its viewport goes. */
export class JsonPane {
  readonly tree: JsonTree;
  private readonly list: RowList;
  private chosen = 0;
  private pattern: RegExp | null = null;
  private columns = 0;

  constructor(
    private readonly viewport: HTMLElement,
    private readonly index: JsonIndex,
    private readonly onChoose: (value: number) => void,
  ) {
    this.tree = new JsonTree(index);
    viewport.setAttribute("role", "tree");
    viewport.ariaLabel = "JSON";
    this.list = new RowList({
      viewport,
      rowHeight: ROW_HEIGHT_PX,
      draw: (row, element) => this.draw(row, element),
      onKey: (event) => this.onKey(event),
    });
    this.list.setCount(this.tree.rows.length);
    viewport.addEventListener("click", this.onClick);
  }

  destroy(): void {
    this.viewport.removeEventListener("click", this.onClick);
    this.list.destroy();
  }

  setPattern(pattern: RegExp | null): void {
    this.pattern = pattern;
    this.list.redraw();
  }

  /** Opens all that holds `value`, chooses it and brings it on view. */
  reveal(value: number): void {
    this.tree.reveal(value);
    this.list.setCount(this.tree.rows.length);
    this.choose(value, "center");
  }

  setAllOpen(open: boolean): void {
    this.tree.setAllOpen(open);
    this.changed();
  }

  get chosenValue(): number {
    return this.chosen;
  }

  private setOpen(value: number, open: boolean): void {
    this.tree.setOpen(value, open);
    this.changed();
  }

  private changed(): void {
    this.list.setCount(this.tree.rows.length);
    this.list.redraw();
  }

  private choose(value: number, align: "center" | "nearest"): void {
    this.chosen = value;
    this.list.scrollToRow(Math.max(0, this.tree.rowOf(value)), align);
    this.list.redraw();
    this.viewport.setAttribute("aria-activedescendant", rowId(value));
    this.onChoose(value);
  }

  private readonly onClick = (event: MouseEvent): void => {
    const target = event.target instanceof Element ? event.target : null;
    const row = target?.closest<HTMLElement>(".json-row");
    if (!target || !row || document.getSelection()?.isCollapsed === false) return;
    const value = Number(row.dataset.value);
    if (this.index.size(value) > 0) this.setOpen(value, !this.tree.isOpen(value));
    this.choose(value, "nearest");
  };

  private onKey(event: KeyboardEvent): boolean {
    const row = this.tree.rowOf(this.chosen);
    const { rows } = this.tree;
    const to = (next: number) => this.choose(rows[Math.min(rows.length - 1, Math.max(0, next))] ?? 0, "nearest");
    switch (event.key) {
      case "ArrowDown":
      case "j":
        to(row + 1);
        return true;
      case "ArrowUp":
      case "k":
        to(row - 1);
        return true;
      case "ArrowRight":
        if (this.tree.isOpen(this.chosen)) to(row + 1);
        else this.setOpen(this.chosen, true);
        return true;
      case "ArrowLeft":
        if (this.tree.isOpen(this.chosen)) this.setOpen(this.chosen, false);
        else this.choose(this.index.parent(this.chosen) ?? 0, "nearest");
        return true;
      case "Enter":
      case " ":
        this.setOpen(this.chosen, !this.tree.isOpen(this.chosen));
        return true;
      case "Home":
        to(0);
        return true;
      case "End":
        to(rows.length - 1);
        return true;
      default:
        return false;
    }
  }

  private draw(row: number, element: HTMLElement): void {
    const { index, tree } = this;
    const value = tree.rows[row] ?? 0;
    const depth = index.depth(value);
    const parent = index.parent(value);
    const size = index.size(value);
    element.id = rowId(value);
    element.className = `row-list-row json-row${value === this.chosen ? " is-selected" : ""}`;
    element.dataset.value = String(value);
    element.style.paddingLeft = `${Math.min(depth, MAX_INDENT) * INDENT_CH + 1}ch`;
    element.setAttribute("role", "treeitem");
    element.setAttribute("aria-level", String(depth + 1));
    element.setAttribute("aria-selected", String(value === this.chosen));
    element.setAttribute("aria-setsize", String(parent === null ? 1 : index.size(parent)));
    element.setAttribute("aria-posinset", String(index.ordinal(value) + 1));
    if (size > 0) element.setAttribute("aria-expanded", String(tree.isOpen(value)));
    else element.removeAttribute("aria-expanded");

    const nodes: Node[] = [part("json-fold", size === 0 ? "" : tree.isOpen(value) ? "▾" : "▸")];
    const key = index.key(value);
    if (key !== null) nodes.push(...this.marked("json-key", visibleText(key)), part("json-mute", ": "));
    else if (parent !== null) nodes.push(part("json-mute", `${index.ordinal(value)}: `));
    nodes.push(...this.valueParts(value, size));
    element.replaceChildren(...nodes);

    const columns = Math.min(depth, MAX_INDENT) * INDENT_CH + (element.textContent?.length ?? 0) + 6;
    if (columns > this.columns) {
      this.columns = columns;
      this.list.setContentWidth(`${columns}ch`);
    }
  }

  private valueParts(value: number, size: number): Node[] {
    const { index } = this;
    const kind = index.kind(value);
    if (kind !== "object" && kind !== "array") {
      const source = index.source(value, MAX_VALUE_CHARS);
      const nodes = this.marked(`json-${kind}`, visibleText(source));
      const more = index.sourceLength(value) - source.length;
      if (more > 0) nodes.push(part("json-note", ` … ${more.toLocaleString("en")} more characters`));
      return nodes;
    }
    const [open, close] = kind === "object" ? ["{", "}"] : ["[", "]"];
    if (size === 0) return [part("json-mute", `${open}${close}`)];
    const noun = kind === "object" ? (size === 1 ? "key" : "keys") : size === 1 ? "item" : "items";
    const nodes: Node[] = [part("json-mute", open), part("json-note", ` ${size.toLocaleString("en")} ${noun} `)];
    if (!this.tree.isOpen(value)) {
      const inside = index
        .source(value, PREVIEW_CHARS * 2)
        .slice(1)
        .replace(/\s+/g, " ");
      const whole = inside.length <= PREVIEW_CHARS && index.sourceLength(value) <= PREVIEW_CHARS * 2;
      const preview = whole ? inside.slice(0, -1) : `${inside.slice(0, PREVIEW_CHARS)}…`;
      nodes.push(part("json-preview", visibleText(preview)));
    }
    nodes.push(part("json-mute", close));
    return nodes;
  }

  private marked(className: string, text: string): Node[] {
    if (!this.pattern) return [part(className, text)];
    const nodes: Node[] = [];
    let at = 0;
    for (const [from, to] of matchRanges(text, this.pattern)) {
      if (from > at) nodes.push(part(className, text.slice(at, from)));
      const mark = document.createElement("mark");
      mark.textContent = text.slice(from, to);
      nodes.push(mark);
      at = to;
    }
    if (at < text.length) nodes.push(part(className, text.slice(at)));
    return nodes;
  }
}

function rowId(value: number): string {
  return `json-${value}`;
}

function part(className: string, text: string): HTMLElement {
  const made = document.createElement("span");
  made.className = className;
  made.textContent = text;
  return made;
}
