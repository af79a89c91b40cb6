// What the keys and buttons of the log view do.

import { useCallback, useRef } from "react";
import { formatCount, plural } from "../format";
import { showToast } from "../toast";
import type { LogAction } from "./actions";
import { copyText } from "./clipboard";
import type { SearchResult } from "./finder";
import { lineApi, searchLines } from "./lineApi";
import { formatLineHash, type LineRange } from "./lineLink";
import { LogText } from "./logText";
import { type LogPane, nextIn } from "./pane";
import { findSuspects, SUSPECT } from "./suspects";
import type { LoadedLog } from "./useLogText";
import type { LogViewState } from "./viewState";

/** More than this is not put on the clipboard in one go. */
const MAX_COPY_LINES = 200_000;
/** Lines that look like errors, told by the server. */
const MOST_SUSPECTS = 1000;

/** What the actions work on. */
export interface ActionContext {
  url: string;
  paneRef: { readonly current: LogPane | null };
  /** To be called after the pane was moved. */
  paneChanged: () => void;
  loaded: LoadedLog;
  result: SearchResult;
  range: LineRange | null;
  chooseRange: (range: LineRange) => void;
  state: LogViewState;
  change: (part: Partial<LogViewState>) => void;
  /** First lines of the steps, counted from zero. */
  stepLines: number[];
  toggle: Record<"wrap" | "times" | "follow" | "fullScreen", () => void>;
}

/** The function that carries out an action. */
export function useLogActions(context: ActionContext): (action: LogAction) => void {
  const { url, paneRef, paneChanged, loaded, result, range, chooseRange, state, change, stepLines, toggle } = context;
  const { log } = loaded;
  const suspects = useRef<{ log: unknown; lines: Uint32Array } | null>(null);

  const step = useCallback(
    (lines: ArrayLike<number>, forward: boolean): boolean => {
      const pane = paneRef.current;
      const line = pane && nextIn(lines, pane.currentLine(), forward);
      if (!pane || line === null) return false;
      pane.reveal(line);
      paneChanged();
      return true;
    },
    [paneRef, paneChanged],
  );

  const stepError = async (forward: boolean) => {
    if (log.errors.length > 0) {
      step(log.errors, forward);
      return;
    }
    if (suspects.current?.log !== log) suspects.current = { log, lines: await suspectsOf(loaded, url) };
    if (!step(suspects.current.lines, forward)) showToast("No line looks like an error.");
  };

  const stepStep = (forward: boolean) => {
    const pane = paneRef.current;
    if (!pane || stepLines.length === 0) return showToast("The steps of this log are not known.");
    // Within a step, "back" goes to its own beginning first; at the ends it stays.
    const at = pane.focusLine();
    const line = forward ? stepLines.find((first) => first > at) : stepLines.findLast((first) => first < at);
    if (line === undefined) return showToast(forward ? "This is the last step." : "This is the first step.");
    pane.reveal(line, "start");
    paneChanged();
  };

  const copyLines = async () => {
    const first = range ? range.first - 1 : 0;
    const last = Math.min(range ? range.last - 1 : log.lineCount - 1, log.lineCount - 1);
    const count = last - first + 1;
    if (count > MAX_COPY_LINES) {
      showToast(`${plural(count, "line")} are too many to copy. Choose fewer by clicking line numbers.`, "fail");
      return;
    }
    const text = await log.copyText(first, last).catch(() => null);
    if (text === null) showToast("The lines could not be loaded.", "fail");
    else if (await copyText(text)) showToast(`Copied ${plural(count, "line")}.`);
    else showToast("The browser did not allow copying.", "fail");
  };

  const copyLink = async () => {
    const pane = paneRef.current;
    const here = range ?? { first: (pane?.focusLine() ?? 0) + 1, last: (pane?.focusLine() ?? 0) + 1 };
    if (!range) chooseRange(here);
    const { origin, pathname, search } = window.location;
    const done = await copyText(`${origin}${pathname}${search}${formatLineHash(here)}`);
    if (done) showToast(`Copied a link to ${lineWords(here)}.`);
    else showToast("The browser did not allow copying.", "fail");
  };

  const addFilter = (out: boolean) => {
    const text = selectedText() || state.query.text;
    if (text === "") return showToast("Select some text in the log first, or search for it.");
    if (state.filters.some((filter) => filter.text === text && filter.out === out)) return;
    change({ filters: [...state.filters, { text, out }] });
  };

  const mark = () => {
    const pane = paneRef.current;
    if (!pane) return;
    const line = (range && range.first === range.last ? range.first - 1 : pane.focusLine()) + 1;
    const isMarked = state.marks.includes(line);
    const others = state.marks.filter((other) => other !== line);
    change({ marks: isMarked ? others : [...others, line].sort((a, b) => a - b).slice(-50) });
    showToast(`Line ${formatCount(line)} ${isMarked ? "is no longer marked" : "is marked"}.`);
  };

  return (action) => {
    const pane = paneRef.current;
    if (!pane) return;
    const marks = state.marks.map((line) => line - 1);
    const actions: Record<LogAction, () => void> = {
      nextMatch: () => step(result.matches, true),
      previousMatch: () => step(result.matches, false),
      nextError: () => void stepError(true),
      previousError: () => void stepError(false),
      nextWarning: () => step(log.warnings, true) || showToast("There is no warning in this log."),
      previousWarning: () => step(log.warnings, false) || showToast("There is no warning in this log."),
      nextStep: () => stepStep(true),
      previousStep: () => stepStep(false),
      filter: () => (state.only || result.pattern) && change({ only: !state.only }),
      filterIn: () => addFilter(false),
      filterOut: () => addFilter(true),
      fold: () => pane.setAllFolded(!pane.hasFolded),
      wrap: toggle.wrap,
      times: toggle.times,
      follow: toggle.follow,
      fullScreen: toggle.fullScreen,
      mark,
      nextMark: () => step(marks, true) || showToast("No line is marked. Press m to mark one."),
      copy: () => void copyLines(),
      copyLink: () => void copyLink(),
      down: () => pane.moveRows(1),
      up: () => pane.moveRows(-1),
      halfDown: () => pane.moveRows(pane.pageRows() / 2),
      halfUp: () => pane.moveRows(-pane.pageRows() / 2),
      pageDown: () => pane.moveRows(pane.pageRows() - 1),
      end: () => pane.scrollToEnd(),
    };
    actions[action]();
  };
}

function lineWords({ first, last }: LineRange): string {
  return first === last ? `line ${formatCount(first)}` : `lines ${formatCount(first)} to ${formatCount(last)}`;
}

/** What is selected in the page, if it lies on one line. */
function selectedText(): string {
  const text = document.getSelection()?.toString().trim() ?? "";
  return text.includes("\n") || text.length > 200 ? "" : text;
}

async function suspectsOf({ log }: LoadedLog, url: string): Promise<Uint32Array> {
  if (log instanceof LogText) return findSuspects(log, new AbortController().signal);
  const api = lineApi(url);
  const lines: number[] = [];
  const query = { text: SUSPECT.source, regex: true, matchCase: true };
  const told = { onLine: (line: number) => void lines.push(line), onProgress: () => undefined };
  if (api) await searchLines(api, query, MOST_SUSPECTS, new AbortController().signal, told).catch(() => undefined);
  return Uint32Array.from(lines);
}
