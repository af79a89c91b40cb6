// Keeps searches over a text going, one for each query, and tells React what they have found.

import { useEffect, useMemo, useReducer, useRef } from "react";
import { Finder, type SearchResult } from "./finder";
import { lineApi } from "./lineApi";
import type { LogLines } from "./logLines";
import type { SearchQuery } from "./search";

/** The results of `queries`, in their order; each goes on where `version` says that the text has grown. */
export function useSearches(url: string, log: LogLines, version: number, queries: SearchQuery[]): SearchResult[] {
  const [, tell] = useReducer((count: number) => count + 1, 0);
  const running = useRef(new Map<string, Finder>());
  const owner = useRef(log);
  const keys = queries.map((query) => JSON.stringify(query)).join("\n");

  // biome-ignore lint/correctness/useExhaustiveDependencies: the keys are what is in the queries.
  const finders = useMemo(() => {
    const before = owner.current === log ? running.current : new Map<string, Finder>();
    const now = new Map<string, Finder>();
    for (const query of queries) {
      const key = JSON.stringify(query);
      now.set(key, before.get(key) ?? new Finder(log, lineApi(url), query, tell));
    }
    for (const [key, finder] of running.current) if (now.get(key) !== finder) finder.stop();
    owner.current = log;
    running.current = now;
    return queries.map((query) => now.get(JSON.stringify(query)) as Finder);
  }, [url, log, keys]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new version means new lines to search.
  useEffect(() => {
    for (const finder of running.current.values()) finder.resume();
  }, [version]);
  useEffect(
    () => () => {
      for (const finder of running.current.values()) finder.stop();
      running.current = new Map();
    },
    [],
  );
  return finders.map((finder) => finder.result);
}
