// Binds the moving pane and the strip beside it to React: hands them the text, the switches and what to bring on view.

import { type RefObject, useEffect, useLayoutEffect, useReducer, useRef } from "react";
import { visibleText } from "./controls";
import type { SearchResult } from "./finder";
import type { LineRange } from "./lineLink";
import { Minimap } from "./minimap";
import { type LineFilter, LogPane, nextIn } from "./pane";
import type { LoadedLog } from "./useLogText";

/** How often React hears that other lines are on view. */
const TELL_EVERY_MS = 120;

/** What the pane shows and how. */
export interface PaneView {
  label: string;
  loaded: LoadedLog;
  result: SearchResult;
  filter: LineFilter | null;
  wrap: boolean;
  times: boolean;
  follow: boolean;
  range: LineRange | null;
  /** Lines the reader has marked, counted from one. */
  marks: readonly number[];
  onSelect: (range: LineRange) => void;
  /** The reader has scrolled away from the end. */
  onLeaveEnd: () => void;
}

/** Where the pane and the strip are put. */
export interface PanePlaces {
  viewportRef: RefObject<HTMLDivElement | null>;
  minimapRef: RefObject<HTMLDivElement | null>;
}

/** Keeps a pane in its places. Answers the pane and the way to render again after moving it. */
export function usePane({ viewportRef, minimapRef }: PanePlaces, view: PaneView) {
  const { label, loaded, result, filter, wrap, times, follow, range, marks } = view;
  const { log, version } = loaded;
  const paneRef = useRef<LogPane | null>(null);
  const stripRef = useRef<Minimap | null>(null);
  const [, paneChanged] = useReducer((count: number) => count + 1, 0);
  const viewRef = useRef(view);
  viewRef.current = view;

  // The pane lives as long as the viewport; each text is handed to it.
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new text is told below, not by a new pane.
  useLayoutEffect(() => {
    if (!viewportRef.current || !minimapRef.current) return;
    const strip = new Minimap(minimapRef.current, (line) => paneRef.current?.scrollToLine(line));
    let timer = 0;
    const pane = new LogPane(viewportRef.current, log, {
      onSelect: (chosen) => viewRef.current.onSelect(chosen),
      onChange: paneChanged,
      onMove: () => {
        strip.setView(...pane.linesOnView());
        if (viewRef.current.follow && !pane.isAtEnd()) viewRef.current.onLeaveEnd();
        timer ||= window.setTimeout(() => {
          timer = 0;
          paneChanged();
        }, TELL_EVERY_MS);
      },
    });
    viewportRef.current.ariaLabel = `Lines of ${visibleText(label)}`;
    paneRef.current = pane;
    stripRef.current = strip;
    return () => {
      paneRef.current = null;
      stripRef.current = null;
      window.clearTimeout(timer);
      pane.destroy();
      strip.destroy();
    };
  }, []);
  useLayoutEffect(() => paneRef.current?.setText(log), [log]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the version says that the text has grown.
  useLayoutEffect(() => paneRef.current?.update(), [version]);
  useLayoutEffect(() => paneRef.current?.setWrap(wrap), [wrap]);
  useLayoutEffect(() => paneRef.current?.setFollow(follow), [follow]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: wrapped lines change their height with the column of times.
  useLayoutEffect(() => paneRef.current?.redraw(), [times]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new text needs the pattern again.
  useEffect(() => paneRef.current?.setPattern(result.pattern), [result.pattern, log]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new text needs the filter again.
  useEffect(() => paneRef.current?.setFilter(filter), [filter, log]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the version says that the text has grown.
  useEffect(() => {
    const marked = marks.map((line) => line - 1);
    paneRef.current?.setMarked(new Set(marked));
    stripRef.current?.setMarks({ log, matches: result.matches, marked });
    if (paneRef.current) stripRef.current?.setView(...paneRef.current.linesOnView());
  }, [log, version, result.matches, marks]);

  useRevealRange(range, loaded, paneRef);
  useRevealFirstMatch(result, filter !== null, range !== null, paneRef, paneChanged);

  return { paneRef, paneChanged };
}

/** Brings the lines of the address on view, as soon as they are here. */
function useRevealRange(
  range: LineRange | null,
  { log, version, phase }: LoadedLog,
  paneRef: { readonly current: LogPane | null },
): void {
  const revealed = useRef<unknown>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the version says that the text has grown.
  useEffect(() => {
    const pane = paneRef.current;
    pane?.setSelection(range);
    if (!pane || !range || revealed.current === range) return;
    const end = log.lineCount - 1;
    if (range.first - 1 > end && phase !== "ready") return;
    revealed.current = range;
    if (end >= 0) pane.revealRange(Math.min(range.first - 1, end), Math.min(range.last - 1, end));
  }, [range, log, version, phase]);
}

/** Jumps to the first match at or below the reader's place when something new is searched for. */
function useRevealFirstMatch(
  { pattern, matches }: { pattern: RegExp | null; matches: Uint32Array },
  filtered: boolean,
  hasRange: boolean,
  paneRef: { readonly current: LogPane | null },
  onReveal: () => void,
): void {
  const revealed = useRef<RegExp | null>(null);
  const isFirst = useRef(true);
  useEffect(() => {
    if (!pattern || pattern === revealed.current || matches.length === 0) return;
    revealed.current = pattern;
    // Lines that the address names come before what it searches for.
    const isBehind = isFirst.current && hasRange;
    isFirst.current = false;
    const pane = paneRef.current;
    if (!pane || filtered || isBehind) return;
    const line = nextIn(matches, pane.currentLine() - 1, true);
    if (line === null) return;
    pane.reveal(line);
    onReveal();
  }, [pattern, matches, filtered, hasRange, paneRef, onReveal]);
}
