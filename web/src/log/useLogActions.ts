// What the keys and buttons of the log view do.

import { useCallback, useRef } from "react";
import { plural } from "../format";
import { showToast } from "../toast";
import { copyText } from "./clipboard";
import type { LogAction } from "./keys";
import type { LineRange } from "./lineLink";
import { type LogPane, nextIn } from "./pane";
import { findSuspects } from "./suspects";
import type { SearchResult } from "./useLineSearch";
import type { LoadedLog } from "./useLogText";

/** More than this is not put on the clipboard in one go. */
const MAX_COPY_LINES = 200_000;

/** What the actions work on. */
export interface ActionContext {
  paneRef: { readonly current: LogPane | null };
  /** To be called after the pane was moved. */
  paneChanged: () => void;
  loaded: LoadedLog;
  result: SearchResult;
  range: LineRange | null;
  filtered: boolean;
  setFiltered: (filtered: boolean) => void;
  toggleWrap: () => void;
  toggleTimes: () => void;
}

/** The function that carries out an action. */
export function useLogActions(context: ActionContext): (action: LogAction) => void {
  const { paneRef, paneChanged, loaded, result, range, filtered, setFiltered, toggleWrap, toggleTimes } = context;
  const { log, numbering } = loaded;
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

  return (action) => {
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
}
