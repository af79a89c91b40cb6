// What the address says about the view: search parameters read into types that cannot be wrong, and back.
import type { RunsParameters } from "./api/types";

/** Search parameters as they stand in the address: names and texts, nothing else. */
export type RawSearch = Record<string, unknown>;

/** Reads "?a=1&b=x"; the last of several equal names wins. */
export function parseSearch(text: string): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(text));
}

/** Writes the parameters that have a value, in the order given. */
export function stringifySearch(search: object): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(search)) {
    if (value !== undefined && value !== null && value !== "") parameters.set(name, String(value));
  }
  const text = parameters.toString();
  return text ? `?${text}` : "";
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : typeof value === "number" ? String(value) : undefined;
}

function count(value: unknown): number | undefined {
  const number = Number(text(value) ?? Number.NaN);
  return Number.isSafeInteger(number) && number > 0 ? number : undefined;
}

function oneOf<T extends string>(allowed: readonly T[], value: unknown): T | undefined {
  return allowed.find((word) => word === value);
}

/** Copies the entries that have a value, so that absent parameters stay out of the address. */
function present<T extends Record<string, unknown>>(entries: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(entries).filter(([, value]) => value !== undefined)) as never;
}

/** The filters of a list of runs, as the address holds them. */
export interface RunsSearch {
  /** A status or a conclusion: GitHub's own filter mixes them as well. */
  status?: string;
  branch?: string;
  event?: string;
  actor?: string;
  headSha?: string;
  repository?: string;
  from?: string;
  to?: string;
  q?: string;
  /** Where the list starts. */
  cursor?: string;
}

/** Reads the filters of a list of runs. */
export function validateRunsSearch(raw: RawSearch): RunsSearch {
  return present({
    status: text(raw.status),
    branch: text(raw.branch),
    event: text(raw.event),
    actor: text(raw.actor),
    headSha: text(raw.headSha),
    repository: text(raw.repository),
    from: text(raw.from),
    to: text(raw.to),
    q: text(raw.q),
    cursor: text(raw.cursor),
  });
}

const conclusions = [
  "success",
  "failure",
  "cancelled",
  "skipped",
  "timed_out",
  "action_required",
  "neutral",
  "stale",
  "startup_failure",
];

/** The same filters as the API wants them. */
export function runsParameters(search: RunsSearch): RunsParameters {
  const { status, cursor: _, ...rest } = search;
  if (status === undefined) return rest;
  return conclusions.includes(status) ? { ...rest, conclusion: status } : { ...rest, status };
}

/** The filters that are set, in the order of the filter bar. */
export function activeFilters(search: RunsSearch): string[] {
  return Object.entries(search)
    .filter(([name, value]) => name !== "cursor" && value !== undefined)
    .map(([name]) => name);
}

/** The views of a run page. */
export const runTabs = ["summary", "jobs", "files", "artifacts", "gallery"] as const;

/** One view of a run page. */
export type RunTab = (typeof runTabs)[number];

/** The kinds of files, as the filter names them. */
export const fileTypes = ["image", "json", "text", "binary"] as const;

/** What the address of a run page says. */
export interface RunSearch {
  attempt?: number;
  job?: number;
  tab?: RunTab;
  type?: (typeof fileTypes)[number];
  q?: string;
  artifact?: number;
}

/** Reads the parameters of a run page. */
export function validateRunSearch(raw: RawSearch): RunSearch {
  return present({
    attempt: count(raw.attempt),
    job: count(raw.job),
    tab: oneOf(runTabs, raw.tab),
    type: oneOf(fileTypes, raw.type),
    q: text(raw.q),
    artifact: count(raw.artifact),
  });
}

/** Reads the parameters of a job page. */
export function validateJobSearch(raw: RawSearch): { attempt?: number } {
  return present({ attempt: count(raw.attempt) });
}

/** The filter of the workflow list. */
export function validateWorkflowsSearch(raw: RawSearch): { q?: string } {
  return present({ q: text(raw.q) });
}

/** An id from a path segment; null where it is not a positive whole number. */
export function idOf(segment: string): number | null {
  return count(segment) ?? null;
}
