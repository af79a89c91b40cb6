// A log that nobody asked a place of opens where its step failed, for that is why it is opened.
import { type RefObject, useEffect, useRef } from "react";
import type { LogPane } from "./pane";
import type { LogStep } from "./StepRail";

/** The last line of the first step that failed, counted from 0; null where none failed or its lines are not known. */
export function endOfFailure(steps: readonly LogStep[]): number | null {
  const failed = steps.find(({ conclusion }) => conclusion === "failure" || conclusion === "timed_out");
  return failed?.lastLine == null ? null : failed.lastLine - 1;
}

/** Shows the end of the failed step once, as soon as the log and its steps are known. */
export function useFailedStep(
  paneRef: RefObject<LogPane | null>,
  paneChanged: () => void,
  steps: readonly LogStep[],
  { isReady, hasPlace }: { isReady: boolean; hasPlace: boolean },
): void {
  const isDone = useRef(hasPlace);
  const line = endOfFailure(steps);
  useEffect(() => {
    if (isDone.current || !isReady || line === null) return;
    isDone.current = true;
    // Who has scrolled meanwhile knows better.
    if ((paneRef.current?.topLine() ?? 0) > 0) return;
    paneRef.current?.reveal(line, "center");
    paneChanged();
  }, [paneRef, paneChanged, isReady, line]);
}
