// Everything that can be looked at as a failure of a run: tests, what only logs tell, and jobs of which neither does. Pure.
import type { Job, LogFailure, TestResult } from "../../../api/types";
import { outcomeOf } from "../../../outcome";
import { firstLine, plainText } from "../../../testing/stack";

/** One failure of the list. `id` is how the address names it. */
export type FailureItem =
  | { kind: "test"; id: string; result: TestResult }
  | { kind: "log"; id: string; failure: LogFailure }
  | { kind: "job"; id: string; job: Job };

/** Failures with one cause. */
export interface Cause {
  key: string;
  familyId: number | null;
  title: string;
  items: FailureItem[];
}

/** Failures of an attempt, tests first, then logs, then jobs that nothing else speaks for. */
export function failureItems(results: TestResult[], fromLogs: LogFailure[], jobs: Job[]): FailureItem[] {
  const told = new Set([...results.map((result) => result.jobId), ...fromLogs.map((failure) => failure.jobId)]);
  const silent = jobs.filter((job) => outcomeOf(job) === "fail" && !told.has(job.id));
  return [
    ...results.map((result): FailureItem => ({ kind: "test", id: result.id, result })),
    ...fromLogs.map((failure): FailureItem => ({ kind: "log", id: `log-${failure.jobId}-${failure.line}`, failure })),
    // Where tests failed, a job that only gathers them says nothing new; it is in the waterfall.
    ...(results.length + fromLogs.length > 0 ? [] : silent).map(
      (job): FailureItem => ({ kind: "job", id: `job-${job.id}`, job }),
    ),
  ];
}

function familyOf(item: FailureItem): number | null {
  return item.kind === "test" ? item.result.familyId : item.kind === "log" ? item.failure.familyId : null;
}

/** The first line of what went wrong. */
export function itemMessage(item: FailureItem): string {
  switch (item.kind) {
    case "test":
      return firstLine(item.result.failure?.message ?? "");
    case "log":
      return firstLine(item.failure.message);
    case "job": {
      const step = item.job.steps.find((candidate) => outcomeOf(candidate) === "fail");
      return step ? `failed at “${plainText(step.name)}”` : "failed";
    }
  }
}

function hasNews(cause: Cause): boolean {
  return cause.items.some((item) => item.kind !== "test" || item.result.novelty === "new");
}

/**
 * Failures of one family together, in the order they came; one without a family stands alone. Causes that are news come
 * first, and of those the ones with more failures.
 */
export function causesOf(items: FailureItem[]): Cause[] {
  const causes = new Map<string, Cause>();
  for (const item of items) {
    const familyId = familyOf(item);
    const key = familyId === null ? item.id : `family ${familyId}`;
    const cause = causes.get(key);
    if (cause) cause.items.push(item);
    else causes.set(key, { key, familyId, title: itemMessage(item), items: [item] });
  }
  return [...causes.values()].sort(
    (a, b) => Number(hasNews(b)) - Number(hasNews(a)) || b.items.length - a.items.length,
  );
}

/** What the address says about which failure is looked at. */
export interface Chosen {
  result?: string | undefined;
  test?: number | undefined;
}

/** The failure the address names, by its own id or by its test; undefined where it names none that is there. */
export function chosenItem(items: FailureItem[], { result, test }: Chosen): FailureItem | undefined {
  return (
    items.find((item) => item.id === result) ??
    items.find((item) => test !== undefined && item.kind === "test" && item.result.testId === test)
  );
}

/** The failure before or after one, at the ends the same again; the first or last where none is looked at. */
export function stepFrom(items: FailureItem[], current: FailureItem | undefined, by: 1 | -1): FailureItem | undefined {
  const at = current ? items.indexOf(current) : -1;
  if (at === -1) return by === 1 ? items[0] : items.at(-1);
  return items[Math.min(items.length - 1, Math.max(0, at + by))];
}
