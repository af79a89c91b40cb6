// A log or text of any length: the toolbar, the moving pane of lines, and the line below that says what is shown.

import "./log.css";
import clsx from "clsx";
import { type ReactNode, useRef, useState } from "react";
import { ErrorState } from "../ui";
import { StatusLine, WindowBar } from "./LogStatus";
import { MarkButtons, SearchBox, ViewButtons } from "./LogToolbar";
import { lowerBound } from "./rows";
import type { SearchQuery } from "./search";
import { useLineHash } from "./useLineHash";
import { useLineSearch } from "./useLineSearch";
import { useLogActions } from "./useLogActions";
import { useLogKeys } from "./useLogKeys";
import { useLogText } from "./useLogText";
import { usePane } from "./usePane";
import { useStoredFlag } from "./useStoredFlag";

/** What the log view is given. */
export interface LogViewProps {
  /** Where the exact bytes are. */
  url: string;
  /** What the text is called, for those who cannot see it. */
  label: string;
  /** `log` reads GitHub's time stamps and markers; `text` does so only where the first lines carry them. */
  kind: "log" | "text";
  /** The size, where it is known beforehand. */
  sizeBytes?: number | null;
  /** What is searched for at first; the reader may change it. */
  find?: string | undefined;
  /** More controls, at the right end of the toolbar. */
  children?: ReactNode;
}

/** The log view. Another `url` is another view. */
export function LogView(props: LogViewProps) {
  return <LoadedLogView key={props.url} {...props} />;
}

function LoadedLogView({ url, label, kind, sizeBytes = null, find = "", children }: LogViewProps) {
  const { loaded, openWindow, retry } = useLogText(url, kind === "log" ? "github" : "auto", sizeBytes);
  const { log, version, phase } = loaded;
  const [query, setQuery] = useState<SearchQuery>({ text: find, matchCase: false, regex: false });
  const result = useLineSearch(log, version, query);
  const [filtered, setFiltered] = useState(false);
  const [wrap, toggleWrap] = useStoredFlag("greenroom.log.wrap", window.innerWidth < 640);
  const [times, toggleTimes] = useStoredFlag("greenroom.log.times", false);
  const [range, chooseRange] = useLineHash();
  const viewportRef = useRef<HTMLDivElement>(null);
  const viewRef = useRef<HTMLElement>(null);
  const inputRef = useRef<HTMLInputElement>(null);
  const { paneRef, paneChanged } = usePane(viewportRef, {
    label,
    loaded,
    result,
    filtered,
    wrap,
    times,
    range,
    onSelect: chooseRange,
    openWindow,
  });
  const act = useLogActions({
    paneRef,
    paneChanged,
    loaded,
    result,
    range,
    filtered,
    setFiltered,
    toggleWrap,
    toggleTimes,
  });
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
          onStep={(forward) => act(forward ? "nextMatch" : "previousMatch")}
          onFilter={setFiltered}
          onLeave={() => viewportRef.current?.focus()}
        />
        <div className="ml-auto flex flex-wrap items-center justify-end gap-0.5">
          <MarkButtons
            errors={log.isGithub && (log.errors.length > 0 || log.groups.length > 0) ? log.errors.length : null}
            warnings={log.warnings.length}
            onError={() => act("nextError")}
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
            onCopy={() => act("copy")}
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
