// Keeps a search running over a text in slices between frames, and tells React what it found.

import { useEffect, useMemo, useState } from "react";
import type { LogText } from "./logText";
import { compileQuery, LineSearch, type SearchQuery } from "./search";

const SLICE_MS = 14;
/** How often the view hears of matches while the search goes on. */
const TELL_EVERY_MS = 150;

/** What a search has found so far. */
export interface SearchResult {
  /** Null where nothing is searched for. */
  pattern: RegExp | null;
  /** A sentence where the expression is not valid. */
  problem: string | null;
  /** Matching lines, counted from zero. */
  matches: Uint32Array;
  done: boolean;
}

const NONE = new Uint32Array(0);

/** Searches `log`, and again where `version` says that it has grown. */
export function useLineSearch(log: LogText, version: number, query: SearchQuery): SearchResult {
  const { text, matchCase, regex } = query;
  const compiled = useMemo(() => compileQuery({ text, matchCase, regex }), [text, matchCase, regex]);
  const pattern = compiled instanceof RegExp ? compiled : null;
  const search = useMemo(
    () => (pattern ? new LineSearch(log, new RegExp(pattern), !regex) : null),
    [log, pattern, regex],
  );
  const [found, setFound] = useState<{ search: LineSearch | null; matches: Uint32Array; done: boolean }>({
    search: null,
    matches: NONE,
    done: true,
  });

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new version means new lines to search.
  useEffect(() => {
    if (!search) return;
    let timer = 0;
    let told = 0;
    const slice = () => {
      const done = search.step(SLICE_MS);
      if (done || performance.now() - told > TELL_EVERY_MS) {
        told = performance.now();
        setFound({ search, matches: search.matches, done });
      }
      if (!done) timer = window.setTimeout(slice);
    };
    slice();
    return () => window.clearTimeout(timer);
  }, [search, version]);

  const isCurrent = found.search === search;
  return {
    pattern,
    problem: typeof compiled === "string" ? compiled : null,
    matches: search && isCurrent ? found.matches : NONE,
    done: !search || (isCurrent && found.done),
  };
}
