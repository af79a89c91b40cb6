// What the address says about a log: what is searched for, which lines are filtered, which are marked. Written into
// the address as it changes, without a new entry of the history.

import { useCallback, useEffect, useRef, useState } from "react";
import type { SearchQuery } from "./search";

/** A filter made of a text: only lines with it, or all lines but those. */
export interface TextFilter {
  text: string;
  out: boolean;
}

/** The view of a log, as the address holds it. */
export interface LogViewState {
  query: SearchQuery;
  /** Whether only lines that match are shown. */
  only: boolean;
  filters: TextFilter[];
  /** Lines the reader has marked, counted from one. */
  marks: number[];
}

const NAMES = ["find", "case", "regex", "only", "in", "out", "marks"];
const MOST_FILTERS = 8;
const MOST_MARKS = 50;
/** Browsers refuse to change the address too often. */
const WRITE_AFTER_MS = 250;

/** Reads the view out of a query string; what cannot be read is left out. */
export function readViewState(search: string, find = ""): LogViewState {
  const parameters = new URLSearchParams(search);
  const filters = (name: string) => (parameters.get(name) ?? "").split("\n").filter((text) => text !== "");
  const marks = (parameters.get("marks") ?? "").split(".").map(Number);
  return {
    query: {
      text: parameters.get("find") ?? find,
      matchCase: parameters.get("case") === "1",
      regex: parameters.get("regex") === "1",
    },
    only: parameters.get("only") === "1",
    filters: [
      ...filters("in").map((text) => ({ text, out: false })),
      ...filters("out").map((text) => ({ text, out: true })),
    ].slice(0, MOST_FILTERS),
    marks: marks.filter((line) => Number.isSafeInteger(line) && line > 0).slice(0, MOST_MARKS),
  };
}

/** Writes the view into a query string, leaving alone what belongs to others. */
export function writeViewState(search: string, { query, only, filters, marks }: LogViewState): string {
  const parameters = new URLSearchParams(search);
  for (const name of NAMES) parameters.delete(name);
  if (query.text !== "") parameters.set("find", query.text);
  if (query.matchCase) parameters.set("case", "1");
  if (query.regex) parameters.set("regex", "1");
  if (only) parameters.set("only", "1");
  for (const name of ["in", "out"]) {
    const texts = filters.filter((filter) => filter.out === (name === "out")).map((filter) => filter.text);
    if (texts.length > 0) parameters.set(name, texts.join("\n"));
  }
  if (marks.length > 0) parameters.set("marks", marks.join("."));
  const text = parameters.toString();
  return text === "" ? "" : `?${text}`;
}

/** The view, and the function that changes a part of it. */
export function useViewState(find: string): [LogViewState, (change: Partial<LogViewState>) => void] {
  const [state, setState] = useState(() => readViewState(window.location.search, find));
  const timer = useRef(0);
  const path = useRef(window.location.pathname);
  useEffect(() => {
    const read = () => {
      if (window.location.pathname === path.current) setState(readViewState(window.location.search, find));
    };
    window.addEventListener("popstate", read);
    return () => {
      window.removeEventListener("popstate", read);
      window.clearTimeout(timer.current);
    };
  }, [find]);
  const change = useCallback((part: Partial<LogViewState>) => {
    setState((before) => {
      const after = { ...before, ...part };
      window.clearTimeout(timer.current);
      timer.current = window.setTimeout(() => {
        const { pathname, search, hash } = window.location;
        if (pathname !== path.current) return;
        const next = writeViewState(search, after);
        if (next !== search) window.history.replaceState(window.history.state, "", `${pathname}${next}${hash}`);
      }, WRITE_AFTER_MS);
      return after;
    });
  }, []);
  return [state, change];
}
