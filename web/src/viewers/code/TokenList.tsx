// Lines of words with their numbers, drawn as they come on view; the numbers are links to their lines.
import "../../log/log.css";
import "./code.css";
import { useLayoutEffect, useRef } from "react";
import { visibleText } from "../../log/controls";
import { formatLineHash, type LineRange } from "../../log/lineLink";
import { RowList } from "../../log/rowList";
import { useLineHash } from "../../log/useLineHash";
import type { TokenLine } from "./tokens";

const ROW_HEIGHT_PX = 20;
/** A longer line is cut: a minified bundle has one line. */
const MAX_LINE_CHARS = 20_000;

/** The list; `wrap` breaks long lines. */
export function TokenList({ lines, label, wrap }: { lines: readonly TokenLine[]; label: string; wrap: boolean }) {
  const ref = useRef<HTMLDivElement>(null);
  const list = useRef<RowList | null>(null);
  const [range, choose] = useLineHash();
  const state = useRef({ lines, range });
  state.current = { lines, range };

  useLayoutEffect(() => {
    const viewport = ref.current;
    if (!viewport) return;
    viewport.ariaLabel = visibleText(label);
    const made = new RowList({
      viewport,
      rowHeight: ROW_HEIGHT_PX,
      draw: (row, element) => drawLine(row, element, state.current.lines[row] ?? [], state.current.range),
    });
    list.current = made;
    const onClick = (event: MouseEvent) => {
      const number = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-line]") : null;
      if (!number || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      const line = Number(number.dataset.line);
      const from = event.shiftKey ? state.current.range?.first : undefined;
      choose(
        from === undefined ? { first: line, last: line } : { first: Math.min(from, line), last: Math.max(from, line) },
      );
    };
    viewport.addEventListener("click", onClick);
    return () => {
      viewport.removeEventListener("click", onClick);
      made.destroy();
      list.current = null;
    };
  }, [label, choose]);
  useLayoutEffect(() => {
    list.current?.setWrap(wrap);
  }, [wrap]);
  useLayoutEffect(() => {
    list.current?.setContentWidth(`${String(lines.length).length + 4 + longest(lines)}ch`);
    list.current?.setCount(lines.length);
    list.current?.redraw();
  }, [lines]);
  useLayoutEffect(() => {
    if (range) list.current?.scrollToRow(range.first - 1, "center");
    list.current?.redraw();
  }, [range]);
  const digits = { "--digits": String(lines.length).length } as React.CSSProperties;
  return <div ref={ref} className="row-list log-view code-view min-h-0 flex-1" style={digits} />;
}

function longest(lines: readonly TokenLine[]): number {
  let most = 0;
  for (const line of lines) {
    const length = line.reduce((sum, [, text]) => sum + text.length, 0);
    if (length > most) most = length;
  }
  return Math.min(most, MAX_LINE_CHARS) + 2;
}

function drawLine(row: number, element: HTMLElement, line: TokenLine, range: LineRange | null): void {
  const line1 = row + 1;
  const chosen = range !== null && line1 >= range.first && line1 <= range.last;
  element.className = chosen ? "row-list-row log-row is-selected" : "row-list-row log-row";
  const number = document.createElement("a");
  number.className = "log-number";
  number.href = formatLineHash({ first: line1, last: line1 });
  number.dataset.line = String(line1);
  number.textContent = String(line1);
  number.tabIndex = -1;
  const text = document.createElement("span");
  text.className = "log-text";
  let left = MAX_LINE_CHARS;
  for (const [kind, part] of line) {
    if (left <= 0) break;
    const shown = visibleText(part.slice(0, left));
    left -= part.length;
    if (kind === "") text.append(shown);
    else {
      const word = document.createElement("span");
      word.className = `code-${kind.replace(/[^a-z_-]/g, "")}`;
      word.textContent = shown;
      text.append(word);
    }
  }
  if (left <= 0) text.append(" … cut here");
  element.replaceChildren(number, text);
}
