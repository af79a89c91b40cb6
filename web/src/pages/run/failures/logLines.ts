// Lines of a job's log around a failure: which line is meant, and some lines as people read them.
import { queryOptions } from "@tanstack/react-query";
import { ApiError, jobLogUrl, problemText } from "../../../api/client";
import { firstLine, plainText } from "../../../testing/stack";

/** A line as it is shown: without GitHub's time and marker. */
export interface ExcerptLine {
  number: number;
  text: string;
  level: "error" | "warning" | null;
}

const time = /^\uFEFF?\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z ?/;
const marker = /^##\[(\w+)\]/;

/** The lines of an answer that begins with line `from`. */
export function excerptLines(body: string, from: number): ExcerptLine[] {
  const lines = body.replace(/\r?\n$/, "").split(/\r?\n/);
  if (body === "") return [];
  return lines.map((line, index) => {
    const said = line.replace(time, "");
    const word = marker.exec(said)?.[1];
    const level = word === "error" || word === "warning" ? word : null;
    return { number: from + index, text: plainText(said.replace(marker, "")), level };
  });
}

/** The numbers of the lines that a search found, in order; what it says besides is left out. */
export function foundLines(ndjson: string): number[] {
  const found: number[] = [];
  for (const line of ndjson.split("\n")) {
    if (line.trim() === "") continue;
    const told = JSON.parse(line) as { line?: number };
    if (typeof told.line === "number") found.push(told.line);
  }
  return found;
}

// A runner names the test, then says what was wrong with it.
const nearLines = 15;

/** Where a failure stands: its message below the name of its test, or else the message, or the last time it is named. */
export function lineOfFailure(names: number[], messages: number[]): number | null {
  const below = messages.find((line) => names.some((name) => name <= line && line - name <= nearLines));
  return below ?? messages[0] ?? names.at(-1) ?? null;
}

async function ask(url: string, signal: AbortSignal): Promise<string> {
  const response = await fetch(new Request(new URL(url, window.location.origin), { signal })).catch(
    (error: unknown) => {
      if (signal.aborted) throw error;
      throw new ApiError(0, "The server could not be reached.");
    },
  );
  if (response.ok) return response.text();
  throw new ApiError(response.status, problemText(response.status, await response.json().catch(() => null)));
}

async function search(jobId: number, words: string, signal: AbortSignal): Promise<number[]> {
  // Longer than what the server looks for, or nothing to look for.
  const text = words.slice(0, 200).trim();
  if (text.length < 3) return [];
  const query = new URLSearchParams({ q: text, limit: "50" });
  return foundLines(await ask(`${jobLogUrl(jobId)}/search?${query}`, signal));
}

/** The line of a failure in the log of its job; null where the log does not speak of it. */
export const failureLineQuery = (jobId: number, name: string, message: string) =>
  queryOptions({
    queryKey: ["job", jobId, "log", "failure", name, firstLine(message)],
    queryFn: async ({ signal }) => {
      const [names, messages] = await Promise.all([
        search(jobId, name, signal),
        search(jobId, firstLine(message), signal),
      ]);
      return lineOfFailure(names, messages);
    },
    // The log of a job that has ended never changes.
    staleTime: Number.POSITIVE_INFINITY,
  });

/** The last line of the step that failed, which says most where nothing else does. */
export const failedStepQuery = (jobId: number) =>
  queryOptions({
    queryKey: ["job", jobId, "log", "failed step"],
    queryFn: async ({ signal }) => {
      const index = JSON.parse(await ask(`${jobLogUrl(jobId)}/index`, signal)) as {
        steps?: { conclusion: string | null; lastLine: number | null }[];
        lines?: number;
      };
      const failed = index.steps?.find((step) => step.conclusion === "failure" && step.lastLine !== null);
      return failed?.lastLine ?? index.lines ?? null;
    },
    staleTime: Number.POSITIVE_INFINITY,
  });

/** Some lines of a log. */
export const logLinesQuery = (jobId: number, from: number, count: number) =>
  queryOptions({
    queryKey: ["job", jobId, "log", "lines", from, count],
    queryFn: async ({ signal }) =>
      excerptLines(await ask(`${jobLogUrl(jobId)}/lines?from=${from}&count=${count}`, signal), from),
    staleTime: Number.POSITIVE_INFINITY,
  });
