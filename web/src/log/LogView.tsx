// A log or text of any length: the toolbar, the steps, the moving pane of lines with a strip that shows the whole,
// and the line below that says what is shown.

import { visibleText } from "./controls";
import "./log.css";
import clsx from "clsx";
import { Ellipsis, ListTree } from "lucide-react";
import { type ReactNode, useEffect, useMemo, useRef, useState } from "react";
import { ErrorState } from "../ui";
import type { SearchResult } from "./finder";
import { StatusLine } from "./LogStatus";
import { FilterBar, IconButton, MarkButtons, SearchBox, ViewButtons } from "./LogToolbar";
import type { LineFilter } from "./pane";
import { common, lowerBound, union } from "./rows";
import { type LogStep, StepRail } from "./StepRail";
import { useFailedStep } from "./useFailedStep";
import { useLineHash } from "./useLineHash";
import { useLogActions } from "./useLogActions";
import { useLogKeys } from "./useLogKeys";
import { useLogText } from "./useLogText";
import { usePane } from "./usePane";
import { useSearches } from "./useSearches";
import { useStoredFlag } from "./useStoredFlag";
import { type TextFilter, useViewState } from "./viewState";

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
  /** The steps of the job; null while they are asked for. */
  steps?: LogStep[] | null;
  /** More beside the log, below the steps. */
  aside?: ReactNode;
  /** More controls, at the right end of the toolbar. */
  children?: ReactNode;
}

/** The log view. Another `url` is another view. */
export function LogView(props: LogViewProps) {
  return <LoadedLogView key={props.url} {...props} />;
}

function LoadedLogView({ url, label, kind, sizeBytes = null, find = "", steps, aside, children }: LogViewProps) {
  const { loaded, retry } = useLogText(url, kind === "log" ? "github" : "auto", sizeBytes);
  const { log, version, phase } = loaded;
  const [state, change] = useViewState(find);
  const { query, only, filters } = state;
  const [result = NO_RESULT, ...filterResults] = useSearches(url, log, version, [query, ...filters.map(queryOf)]);
  const filter = useFilter(result, only, filters, filterResults);
  const [wrap, toggleWrap] = useStoredFlag("greenroom.log.wrap", window.innerWidth < 640);
  const [times, toggleTimes] = useStoredFlag("greenroom.log.times", false);
  const [follow, setFollow] = useState(false);
  const [fullScreen, setFullScreen] = useState(false);
  const [showsSteps, setShowsSteps] = useState(false);
  const [showsMore, setShowsMore] = useState(false);
  const knownSteps = steps ?? NO_STEPS;
  const [range, chooseRange] = useLineHash(knownSteps);
  const viewportRef = useRef<HTMLDivElement>(null);
  const minimapRef = useRef<HTMLDivElement>(null);
  const inputRef = useRef<HTMLInputElement>(null);
  const { paneRef, paneChanged } = usePane(
    { viewportRef, minimapRef },
    {
      label,
      loaded,
      result,
      filter,
      wrap,
      times,
      follow,
      range,
      marks: state.marks,
      onSelect: chooseRange,
      onLeaveEnd: () => setFollow(false),
    },
  );
  useFailedStep(paneRef, paneChanged, knownSteps, {
    isReady: phase === "ready",
    hasPlace: range !== null || find !== "" || window.location.hash !== "",
  });
  const stepLines = useMemo(
    () => knownSteps.flatMap(({ firstLine }) => firstLine ?? []).map((n) => n - 1),
    [knownSteps],
  );
  const act = useLogActions({
    url,
    paneRef,
    paneChanged,
    loaded,
    result,
    range,
    chooseRange,
    state,
    change,
    stepLines,
    toggle: {
      wrap: toggleWrap,
      times: toggleTimes,
      follow: () => setFollow((on) => !on),
      fullScreen: () => setFullScreen((on) => !on),
    },
  });
  useLogKeys(act);
  useEscape(fullScreen, () => setFullScreen(false));

  const pane = paneRef.current;
  const place = placeOf(result, pane ? pane.currentLine() : -1);
  const line = (pane?.focusLine() ?? 0) + 1;
  const hasRail = steps !== undefined || aside !== undefined;
  const rail = (
    <>
      {knownSteps.length > 0 && (
        <StepRail
          steps={knownSteps}
          line={(pane?.topLine() ?? 0) + 1}
          onStep={(step) => {
            setShowsSteps(false);
            paneRef.current?.reveal((step.firstLine ?? 1) - 1, "start");
            paneChanged();
            viewportRef.current?.focus({ preventScroll: true });
          }}
        />
      )}
      {steps !== undefined && knownSteps.length === 0 && (
        <p className="px-3 py-2 text-sm text-faint">{steps === null ? "Finding the steps…" : "No step has run."}</p>
      )}
      {aside}
    </>
  );
  const more = clsx("flex flex-wrap items-center justify-end gap-0.5", !showsMore && "max-sm:hidden");

  return (
    <section
      aria-label={visibleText(label)}
      className={clsx(
        "flex min-w-0 overflow-hidden border-line bg-panel",
        fullScreen ? "fixed inset-0 z-40" : "h-[calc(100dvh-10.5rem)] min-h-96 rounded-lg border",
      )}
    >
      {hasRail && <div className="w-60 shrink-0 overflow-y-auto border-r border-line max-lg:hidden">{rail}</div>}
      <div className="flex min-w-0 flex-1 flex-col">
        <div className="flex flex-wrap items-center gap-x-2 gap-y-1 border-b border-line bg-raised/60 px-2 py-1">
          <SearchBox
            query={query}
            result={result}
            place={place}
            filtered={only}
            inputRef={inputRef}
            onQuery={(changed) => change({ query: changed })}
            onStep={(forward) => act(forward ? "nextMatch" : "previousMatch")}
            onFilter={(on) => change({ only: on })}
            onLeave={() => viewportRef.current?.focus()}
          />
          <div className="ml-auto flex items-center gap-0.5">
            <MarkButtons
              errors={log.isGithub && (log.errorCount > 0 || log.groups.length > 0) ? log.errorCount : null}
              warnings={log.warningCount}
              onError={() => act("nextError")}
              onWarning={() => act("nextWarning")}
            />
            {hasRail && (
              <span className="lg:hidden">
                <IconButton
                  icon={ListTree}
                  label="Steps"
                  pressed={showsSteps}
                  onClick={() => setShowsSteps(!showsSteps)}
                />
              </span>
            )}
            <span className="sm:hidden">
              <IconButton icon={Ellipsis} label="More" pressed={showsMore} onClick={() => setShowsMore(!showsMore)} />
            </span>
          </div>
          <div className={more}>
            <ViewButtons
              switches={{
                wrap,
                times,
                follow,
                fullScreen,
                hasTimes: log.hasTimes,
                hasGroups: log.groups.length > 0,
                hasFolded: pane?.hasFolded ?? false,
              }}
              rawUrl={url}
              act={act}
            />
            {children}
          </div>
        </div>
        <FilterBar filters={filters} onChange={(changed) => change({ filters: changed })} />
        {hasRail && showsSteps && <div className="max-h-64 overflow-y-auto border-b border-line lg:hidden">{rail}</div>}
        {phase === "failed" && <ErrorState title="The text could not be loaded" error={loaded.error} onRetry={retry} />}
        {phase === "ready" && log.lineCount === 0 && (
          <p className="px-4 py-10 text-center text-muted">This text is empty.</p>
        )}
        {phase === "ready" && log.lineCount > 0 && filter !== null && pane?.rowCount === 0 && result.done && (
          <p className="px-4 py-10 text-center text-muted">No line passes the filters.</p>
        )}
        <div className="flex min-h-0 flex-1">
          <div
            ref={viewportRef}
            className={clsx("row-list log-view min-w-0 flex-1", times && log.hasTimes && "has-times")}
          />
          <div ref={minimapRef} aria-hidden className="log-minimap" title="Errors, warnings, matches and marks" />
        </div>
        <StatusLine
          loaded={loaded}
          line={line}
          place={place}
          result={result}
          hiddenLines={pane?.hiddenLines ?? 0}
          filtered={filter !== null}
        />
      </div>
    </section>
  );
}

const NO_STEPS: LogStep[] = [];
const NO_RESULT: SearchResult = { pattern: null, problem: null, matches: new Uint32Array(0), done: true, cut: false };

const queryOf = ({ text }: TextFilter) => ({ text, matchCase: true, regex: false });

/** Which match the reader is at, from one. */
function placeOf({ matches }: SearchResult, current: number): number | null {
  const index = lowerBound(matches, current);
  return matches[index] === current ? index + 1 : null;
}

/** The lines that pass the search, where only its matches are shown, and the filters. */
function useFilter(
  result: SearchResult,
  only: boolean,
  filters: TextFilter[],
  filterResults: SearchResult[],
): LineFilter | null {
  const isOnly = only && result.pattern !== null;
  const lists = filterResults.map(({ matches }) => matches);
  // biome-ignore lint/correctness/useExhaustiveDependencies: each list is a dependency of its own.
  return useMemo(() => {
    const of = (out: boolean) => lists.filter((_, index) => filters[index]?.out === out);
    const ins = of(false);
    const outs = of(true);
    let keep = ins.length > 0 ? union(ins) : null;
    if (isOnly) keep = keep ? common(keep, result.matches, true) : result.matches;
    return keep || outs.length > 0 ? { keep, drop: outs.length > 0 ? union(outs) : null } : null;
  }, [isOnly, result.matches, filters, ...padded(lists)]);
}

/** Always as many entries, for React counts them. */
function padded(lists: Uint32Array[]): (Uint32Array | null)[] {
  return Array.from({ length: 8 }, (_, index) => lists[index] ?? null);
}

/** Calls `onEscape` for the Escape key while `on`, outside of fields. */
function useEscape(on: boolean, onEscape: () => void): void {
  const escapeRef = useRef(onEscape);
  escapeRef.current = onEscape;
  useEffect(() => {
    if (!on) return;
    const onKey = (event: KeyboardEvent) => {
      if (event.key === "Escape" && !event.defaultPrevented) escapeRef.current();
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [on]);
}
