// Where a log carries no error markers, lines that look like errors serve instead.

import type { LogText } from "./logText";
import { LineSearch } from "./search";

/** What a line that looks like an error is like; both kinds of expressions, ours and the server’s, read it alike. */
export const SUSPECT =
  /^\s*(?:error|fatal|panic|FAIL(?:ED|URE)?|not ok|Traceback \(most recent)\b|\b[A-Z]\w*(?:Error|Exception)\b: |\bpanicked at\b|^\s*(?:✗|✘|✕|×) |\berror(?:\[\w+\])?: /;

/** Finds the lines that look like errors, counted from zero; pauses between slices. */
export async function findSuspects(log: LogText, signal: AbortSignal): Promise<Uint32Array> {
  const search = new LineSearch(log, SUSPECT, false);
  while (!search.step(10)) {
    await new Promise((resolve) => setTimeout(resolve));
    signal.throwIfAborted();
  }
  return search.matches;
}
