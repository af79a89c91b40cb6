// The chosen lines, as the address has them. Choosing lines replaces the address without a new history entry.

import { useCallback, useEffect, useMemo, useState } from "react";
import { formatLineHash, type LineRange, parseLineHash, parseStepHash } from "./lineLink";
import type { LogStep } from "./StepRail";

const NO_STEPS: LogStep[] = [];

/** The lines that the address names, and the function that chooses others. */
export function useLineHash(steps: LogStep[] = NO_STEPS): [LineRange | null, (range: LineRange) => void] {
  const [hash, setHash] = useState(() => window.location.hash);
  useEffect(() => {
    const read = () => setHash(window.location.hash);
    window.addEventListener("hashchange", read);
    window.addEventListener("popstate", read);
    return () => {
      window.removeEventListener("hashchange", read);
      window.removeEventListener("popstate", read);
    };
  }, []);
  const range = useMemo(() => parseLineHash(hash) ?? ofStep(hash, steps), [hash, steps]);
  const choose = useCallback((chosen: LineRange) => {
    const { pathname, search } = window.location;
    window.history.replaceState(window.history.state, "", `${pathname}${search}${formatLineHash(chosen)}`);
    setHash(formatLineHash(chosen));
  }, []);
  return [range, choose];
}

/** The line that one of GitHub's own links means: the first line of a step is its line 1. */
function ofStep(hash: string, steps: LogStep[]): LineRange | null {
  const link = parseStepHash(hash);
  const step = link && steps.find(({ number }) => number === link.step);
  if (!step || step.firstLine === null) return null;
  const line = Math.min(step.firstLine + link.line - 1, step.lastLine ?? step.firstLine);
  return { first: line, last: line };
}
