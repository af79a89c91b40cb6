// Reads a JSON text a slice at a time, so that the page stays alive meanwhile.

import { useEffect, useState } from "react";
import { indexJson, type JsonIndex, type JsonProblem } from "./jsonIndex";
import { searchValues } from "./jsonTree";

const SLICE_MS = 12;

/** The index of `text`, the problem with it, or null while it is being read. */
export function useJson(text: string | undefined): JsonIndex | JsonProblem | null {
  const [result, setResult] = useState<JsonIndex | JsonProblem | null>(null);
  useEffect(() => {
    setResult(null);
    if (text === undefined) return;
    const reading = indexJson(text);
    return inSlices(() => {
      const step = reading.next();
      if (step.done) setResult(step.value);
      return step.done === true;
    });
  }, [text]);
  return result;
}

/** The values that match, in the order of the text, and whether all have been looked at. */
export function useJsonSearch(
  index: JsonIndex | null,
  pattern: RegExp | null,
): { matches: Uint32Array; done: boolean } {
  const [state, setState] = useState<{ matches: Uint32Array; done: boolean }>({
    matches: new Uint32Array(0),
    done: true,
  });
  useEffect(() => {
    setState({ matches: new Uint32Array(0), done: pattern === null });
    if (!index || !pattern) return;
    const own = new RegExp(pattern);
    const found: number[] = [];
    let next = 0;
    return inSlices(() => {
      const step = searchValues(index, own, next, 2000);
      next = step.next;
      for (const value of step.found) found.push(value);
      const done = next >= index.count;
      if (done) setState({ matches: Uint32Array.from(found), done });
      return done;
    });
  }, [index, pattern]);
  return state;
}

/** Calls `step` until it answers true, pausing every few milliseconds. Answers how to stop. */
function inSlices(step: () => boolean): () => void {
  let timer = 0;
  const slice = () => {
    const until = performance.now() + SLICE_MS;
    while (performance.now() < until) if (step()) return;
    timer = window.setTimeout(slice);
  };
  timer = window.setTimeout(slice);
  return () => window.clearTimeout(timer);
}
