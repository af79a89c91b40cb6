// A log or text of any length: the toolbar, the moving pane of lines, and the line below that says what is shown.

import "./log.css";
import clsx from "clsx";
import { type ReactNode, useCallback, useEffect, useLayoutEffect, useReducer, useRef, useState } from "react";
import { formatBytes, formatCount, plural } from "../format";
import { showToast } from "../toast";
import { Button, ErrorState, ProgressBar } from "../ui";
import { copyText } from "./clipboard";
import { type LogAction, logActionOf } from "./keys";
import { MarkButtons, SearchBox, ViewButtons } from "./LogToolbar";
import { LogPane, nextIn } from "./pane";
import { lowerBound } from "./rows";
import type { SearchQuery } from "./search";
import { findSuspects } from "./suspects";
import { useLineHash } from "./useLineHash";
import { useLineSearch } from "./useLineSearch";
import { type LoadedLog, useLogText } from "./useLogText";
import { useStoredFlag } from "./useStoredFlag";

/** More than this is not put on the clipboard in one go. */
const MAX_COPY_LINES = 200_000;
const G_PREFIX_MS = 1_200;

export interface LogViewProps {
  /** Where the exact bytes are. */
  url: string;
  /** What the text is called, for those who cannot see it. */
  label: string;
  /** `log` reads GitHub's time stamps and markers; `text` does so only where the first lines carry them. */
  kind: "log" | "text";
  /** The size, where it is known beforehand. */
  sizeBytes?: number | null;
  /** More controls, at the right end of the toolbar. */
  children?: ReactNode;
}

/** The log view. Another `url` is another view. */
export function LogView(props: LogViewProps) {
  return <LoadedLogView key={props.url} {...props} />;
}

function LoadedLogView({ url, label, kind, sizeBytes = null, children }: LogViewProps) {
  const { loaded, openWindow, retry } = useLogText(url, kind === "log" ? "github" : "auto", sizeBytes);
  const { log, version, phase, numbering } = loaded;
  const [query, setQuery] = useState<SearchQuery>({ text: "", matchCase: false, regex: false });
  const result = useLineSearch(log, version, query);
  const [filtered, setFiltered] = useState(false);
  const [wrap, toggleWrap] = useStoredFlag("greenroom.log.wrap", window.innerWidth < 640);
  const [times, toggleTimes] = useStoredFlag("greenroom.log.times", false);
  const [range, chooseRange] = useLineHash();
  const [, paneChanged] = useReducer((count: number) => count + 1, 0);
  const paneRef = useRef<LogPane | null>(null);
  const viewportRef = useRef<HTMLDivElement>(null);
  const viewRef = useRef<HTMLElement>(null);
  const inputRef = useRef<HTMLInputElement>(null);
  const suspects = useRef<{ log: unknown; lines: Uint32Array } | null>(null);
  const chooseRef = useRef(chooseRange);
  chooseRef.current = chooseRange;

  // The pane lives as long as the viewport; each text is handed to it.
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new text is told below, not by a new pane.
  useLayoutEffect(() => {
    if (!viewportRef.current) return;
    const pane = new LogPane(viewportRef.current, log, {
      onSelect: (chosen) => chooseRef.current(chosen),
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

  const step = useCallback((lines: ArrayLike<number>, forward: boolean): boolean => {
    const pane = paneRef.current;
    const line = pane && nextIn(lines, pane.currentLine(), forward);
    if (!pane || line === null) return false;
    pane.reveal(line);
    paneChanged();
    return true;
  }, []);

  const stepError = async (forward: boolean) => {
    if (log.errors.length > 0) {
      step(log.errors, forward);
      return;
    }
    if (suspects.current?.log !== log) {
      suspects.current = { log, lines: await findSuspects(log, new AbortController().signal) };
    }
    if (!step(suspects.current.lines, forward)) showToast("No line looks like an error.");
  };

  const copyLines = async () => {
    const first = range && numbering.first !== null ? range.first - numbering.first : 0;
    const last = range && numbering.first !== null ? range.last - numbering.first : log.lineCount - 1;
    const count = Math.min(last, log.lineCount - 1) - first + 1;
    if (count > MAX_COPY_LINES) {
      showToast(`${plural(count, "line")} are too many to copy. Choose fewer by clicking line numbers.`, "fail");
    } else if (await copyText(log.copyText(Math.max(0, first), last))) {
      showToast(`Copied ${plural(count, "line")}.`);
    } else {
      showToast("The browser did not allow copying.", "fail");
    }
  };

  const act = (action: LogAction) => {
    const pane = paneRef.current;
    if (!pane) return;
    const actions: Record<LogAction, () => void> = {
      nextMatch: () => step(result.matches, true),
      previousMatch: () => step(result.matches, false),
      nextError: () => void stepError(true),
      previousError: () => void stepError(false),
      nextWarning: () => step(log.warnings, true),
      wrap: toggleWrap,
      times: toggleTimes,
      filter: () => (filtered || result.pattern) && setFiltered(!filtered),
      fold: () => pane.setAllFolded(!pane.hasFolded),
      copy: () => void copyLines(),
      copyLink: () => void copyText(window.location.href).then((done) => done && showToast("Copied the address.")),
      down: () => pane.moveRows(1),
      up: () => pane.moveRows(-1),
      halfDown: () => pane.moveRows(pane.pageRows() / 2),
      halfUp: () => pane.moveRows(-pane.pageRows() / 2),
      end: () => pane.scrollToEnd(),
    };
    actions[action]();
  };
  useLogKeys(viewRef, act);

  const pane = paneRef.current;
  const current = pane ? pane.currentLine() : -1;
  const placeIndex = lowerBound(result.matches, current);
  const place = result.matches[placeIndex] === current ? placeIndex + 1 : null;

  return (
    <section
      ref={viewRef}
      aria-label={label}
      className="flex h-[calc(100dvh-10.5rem)] min-h-96 min-w-0 flex-col overflow-hidden rounded-lg border border-line bg-panel"
    >
      <div className="flex flex-wrap items-center gap-x-2 gap-y-1 border-b border-line bg-raised/60 px-2 py-1">
        <SearchBox
          query={query}
          result={result}
          place={place}
          filtered={filtered}
          inputRef={inputRef}
          onQuery={setQuery}
          onStep={(forward) => step(result.matches, forward)}
          onFilter={setFiltered}
          onLeave={() => viewportRef.current?.focus()}
        />
        <div className="ml-auto flex flex-wrap items-center justify-end gap-0.5">
          <MarkButtons
            errors={log.isGithub && (log.errors.length > 0 || log.groups.length > 0) ? log.errors.length : null}
            warnings={log.warnings.length}
            onError={() => void stepError(true)}
            onWarning={() => act("nextWarning")}
          />
          <ViewButtons
            wrap={wrap}
            times={times}
            hasTimes={log.hasTimes}
            hasGroups={log.groups.length > 0}
            hasFolded={pane?.hasFolded ?? false}
            rawUrl={url}
            onWrap={toggleWrap}
            onTimes={toggleTimes}
            onFold={() => act("fold")}
            onCopy={() => void copyLines()}
          />
          {children}
        </div>
      </div>
      {loaded.window && <WindowBar loaded={loaded} onOpen={openWindow} />}
      {phase === "failed" && <ErrorState title="The text could not be loaded" error={loaded.error} onRetry={retry} />}
      {phase === "ready" && log.lineCount === 0 && (
        <p className="px-4 py-10 text-center text-muted">This text is empty.</p>
      )}
      <div
        ref={viewportRef}
        className={clsx("row-list log-view min-h-0 flex-1", times && log.hasTimes && "has-times")}
      />
      <StatusLine loaded={loaded} hiddenLines={pane?.hiddenLines ?? 0} filtered={filtered && result.pattern !== null} />
    </section>
  );
}

/** Brings the lines of the address on view, as soon as they are here. */
function useRevealRange(
  range: { first: number; last: number } | null,
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

/** Hears the keys of the log before the shell does, while the focus is in the view or nowhere. */
function useLogKeys(viewRef: { readonly current: HTMLElement | null }, act: (action: LogAction) => void): void {
  const actRef = useRef(act);
  actRef.current = act;
  useEffect(() => {
    let pressedGAt = 0;
    const onKey = (event: KeyboardEvent) => {
      const target = event.target instanceof HTMLElement ? event.target : null;
      const inView = target === document.body || (target !== null && viewRef.current?.contains(target));
      const typing = target?.matches("input, textarea, select, [contenteditable=true]");
      if (!inView || typing || document.querySelector("dialog[open]")) return;
      const action = logActionOf(event, Date.now() - pressedGAt < G_PREFIX_MS);
      pressedGAt = event.key === "g" ? Date.now() : 0;
      if (!action) return;
      event.preventDefault();
      actRef.current(action);
    };
    window.addEventListener("keydown", onKey, { capture: true });
    return () => window.removeEventListener("keydown", onKey, { capture: true });
  }, [viewRef]);
}

/** Which part of a large text is shown, and the way to the others. */
function WindowBar({ loaded, onOpen }: { loaded: LoadedLog; onOpen: (index: number | "last") => void }) {
  const part = loaded.window;
  if (!part) return null;
  const busy = loaded.phase === "loading";
  const atStart = part.index === 0;
  const atEnd = part.index === part.count - 1;
  return (
    <div className="flex flex-wrap items-center gap-2 border-b border-line px-3 py-1 text-sm text-muted">
      <span>
        This text has {formatBytes(loaded.totalBytes ?? 0)} and is shown in parts: {part.index + 1} of{" "}
        {formatCount(part.count)}. Search looks at this part.
        {loaded.numbering.first === null && " Lines are counted from the end."}
      </span>
      <span className="ml-auto flex gap-1">
        <Button disabled={busy || atStart} onClick={() => onOpen(0)}>
          First
        </Button>
        <Button disabled={busy || atStart} onClick={() => onOpen(part.index - 1)}>
          Earlier
        </Button>
        <Button disabled={busy || atEnd} onClick={() => onOpen(part.index + 1)}>
          Later
        </Button>
        <Button disabled={busy || atEnd} onClick={() => onOpen("last")}>
          Last
        </Button>
      </span>
    </div>
  );
}

/** What is shown: lines, size, hidden lines, and how far loading has got. */
function StatusLine({ loaded, hiddenLines, filtered }: { loaded: LoadedLog; hiddenLines: number; filtered: boolean }) {
  const { log, phase, receivedBytes, totalBytes } = loaded;
  return (
    <div className="flex min-h-7 flex-wrap items-center gap-x-3 border-t border-line px-3 text-xs text-faint">
      <span>{plural(log.lineCount, "line")}</span>
      <span>{formatBytes(receivedBytes)}</span>
      {hiddenLines > 0 && (
        <span>
          {plural(hiddenLines, "line")} {filtered ? "hidden by the filter" : "folded away"}
        </span>
      )}
      {phase === "loading" && (
        <span className="ml-auto flex w-64 items-center gap-2">
          <span className="whitespace-nowrap">
            Loading{totalBytes === null ? "" : ` ${formatBytes(receivedBytes)} of ${formatBytes(totalBytes)}`}
          </span>
          <ProgressBar label="Loading the text" done={receivedBytes} total={totalBytes ?? 0} />
        </span>
      )}
    </div>
  );
}
