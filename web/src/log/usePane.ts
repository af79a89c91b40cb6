// Binds the moving pane to React: hands it the text, the switches and what to bring on view.

import { type RefObject, useEffect, useLayoutEffect, useReducer, useRef } from "react";
import type { LineRange } from "./lineLink";
import { LogPane, nextIn } from "./pane";
import type { SearchResult } from "./useLineSearch";
import type { LoadedLog } from "./useLogText";

/** What the pane shows and how. */
export interface PaneView {
  label: string;
  loaded: LoadedLog;
  result: SearchResult;
  filtered: boolean;
  wrap: boolean;
  times: boolean;
  range: LineRange | null;
  onSelect: (range: LineRange) => void;
  openWindow: (index: number | "last", findLine?: number) => void;
}

/** Keeps a pane in the element of `viewportRef`. Answers the pane and the way to render again after moving it. */
export function usePane(viewportRef: RefObject<HTMLDivElement | null>, view: PaneView) {
  const { label, loaded, result, filtered, wrap, times, range, openWindow } = view;
  const { log, version, numbering } = loaded;
  const paneRef = useRef<LogPane | null>(null);
  const [, paneChanged] = useReducer((count: number) => count + 1, 0);
  const selectRef = useRef(view.onSelect);
  selectRef.current = view.onSelect;

  // The pane lives as long as the viewport; each text is handed to it.
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new text is told below, not by a new pane.
  useLayoutEffect(() => {
    if (!viewportRef.current) return;
    const pane = new LogPane(viewportRef.current, log, {
      onSelect: (chosen) => selectRef.current(chosen),
      onChange: paneChanged,
    });
    viewportRef.current.ariaLabel = `Lines of ${label}`;
    paneRef.current = pane;
    return () => {
      paneRef.current = null;
      pane.destroy();
    };
  }, []);
  useLayoutEffect(() => paneRef.current?.setText(log, numbering), [log, numbering]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the version says that the text has grown.
  useLayoutEffect(() => paneRef.current?.update(), [version]);
  useLayoutEffect(() => paneRef.current?.setWrap(wrap), [wrap]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: wrapped lines change their height with the column of times.
  useLayoutEffect(() => paneRef.current?.redraw(), [times]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new text needs the pattern again.
  useEffect(() => paneRef.current?.setPattern(result.pattern), [result.pattern, log]);
  useEffect(() => {
    paneRef.current?.setFilter(filtered && result.pattern ? result.matches : null);
  }, [filtered, result.pattern, result.matches]);

  useRevealRange(range, loaded, paneRef, openWindow);
  useRevealFirstMatch(result, filtered, paneRef, paneChanged);

  return { paneRef, paneChanged };
}

/** Brings the lines of the address on view, as soon as they are here. */
function useRevealRange(
  range: LineRange | null,
  { log, version, phase, numbering, window: part }: LoadedLog,
  paneRef: { readonly current: LogPane | null },
  openWindow: (index: number | "last", findLine?: number) => void,
): void {
  const revealed = useRef<unknown>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the version says that the text has grown.
  useEffect(() => {
    const pane = paneRef.current;
    pane?.setSelection(range);
    if (!pane || !range || revealed.current === range || numbering.first === null) return;
    const line = range.first - numbering.first;
    if (part && phase === "ready" && (line < 0 || (line >= log.lineCount && part.index + 1 < part.count))) {
      revealed.current = null;
      openWindow(0, range.first - 1);
    } else if (line < log.lineCount || phase === "ready") {
      revealed.current = range;
      const end = log.lineCount - 1;
      if (line >= 0 && end >= 0) pane.revealRange(Math.min(line, end), Math.min(range.last - numbering.first, end));
    }
  }, [range, log, version, phase, numbering, part]);
}

/** Jumps to the first match at or below the reader's place when something new is searched for. */
function useRevealFirstMatch(
  { pattern, matches }: { pattern: RegExp | null; matches: Uint32Array },
  filtered: boolean,
  paneRef: { readonly current: LogPane | null },
  onReveal: () => void,
): void {
  const revealed = useRef<RegExp | null>(null);
  useEffect(() => {
    if (!pattern || pattern === revealed.current || matches.length === 0) return;
    revealed.current = pattern;
    const pane = paneRef.current;
    if (!pane || filtered) return;
    const line = nextIn(matches, pane.currentLine() - 1, true);
    if (line === null) return;
    pane.reveal(line);
    onReveal();
  }, [pattern, matches, filtered, paneRef, onReveal]);
}
