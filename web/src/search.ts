// What the address says about the view: search parameters read into types that cannot be wrong, and back.
import type { TestSort } from "./api/history";
import type {
  FailuresParameters,
  FoundType,
  HistoryParameters,
  Novelty,
  QueueState,
  RunsParameters,
  TestStatus,
  Verdict,
} from "./api/types";
import { type PairBase, type PairMode, pairModes } from "./viewers/pair/modes";

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

/** A whole number that may be nought. */
function whole(value: unknown): number | undefined {
  const digits = text(value) ?? "";
  return /^\d{1,9}$/.test(digits) ? Number(digits) : undefined;
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
  /** Runs that are selected, by id with commas between. */
  pick?: string;
}

const mostPicked = 2;

/** The selected ids: two at most, for that many can be compared. */
export function pickedIds(pick: string | undefined): number[] {
  const ids = (pick ?? "").split(",").map(count);
  return [...new Set(ids.filter((id): id is number => id !== undefined))].slice(-mostPicked);
}

/** The selection with one id taken in or out; the oldest gives way to a third. */
export function togglePick(pick: string | undefined, id: number): string | undefined {
  const ids = pickedIds(pick);
  const next = ids.includes(id) ? ids.filter((one) => one !== id) : [...ids, id].slice(-mostPicked);
  return next.length > 0 ? next.join(",") : undefined;
}

function picked(pick: string | undefined): string | undefined {
  return pickedIds(pick).join(",") || undefined;
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
    pick: picked(text(raw.pick)),
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
  const { status, cursor: _, pick: __, ...rest } = search;
  if (status === undefined) return rest;
  return conclusions.includes(status) ? { ...rest, conclusion: status } : { ...rest, status };
}

/** The filters that are set, in the order of the filter bar. */
export function activeFilters(search: RunsSearch): string[] {
  return Object.entries(search)
    .filter(([name, value]) => name !== "cursor" && name !== "pick" && value !== undefined)
    .map(([name]) => name);
}

/** The views of a run page. */
export const runTabs = ["failures", "jobs", "tests", "files", "gallery", "compare", "summary"] as const;

/** One view of a run page. */
export type RunTab = (typeof runTabs)[number];

/** The kinds of files, as the filter names them. */
export const fileTypes = ["image", "json", "text", "binary"] as const;

/** Outcomes of a test, as the filters name them. */
export const testStatuses = ["failed", "flaky", "skipped", "passed"] as const satisfies TestStatus[];

/** Verdicts, worst first, as the filters name them. */
export const verdicts = [
  "broken",
  "regressed",
  "flaky",
  "suspect",
  "recovering",
  "fixed",
  "notEnoughData",
  "healthy",
] as const satisfies Verdict[];

const novelties = ["new", "known", "flaky"] as const satisfies Novelty[];

/** How large the pictures of a gallery are. */
export const gallerySizes = ["s", "m", "l"] as const;

/** One of these sizes. */
export type GallerySize = (typeof gallerySizes)[number];

/** What the address of a run page says. */
export interface RunSearch {
  attempt?: number;
  job?: number;
  tab?: RunTab;
  type?: (typeof fileTypes)[number];
  q?: string;
  artifact?: number;
  /** Filters of the tests. */
  status?: TestStatus;
  suite?: string;
  novelty?: Novelty;
  report?: number;
  /** The result looked at, by its own id or by its test. */
  result?: string;
  test?: number;
  /** Which of its tries, from 1; the last one where none is named. */
  try?: number;
  /** How its pictures are compared. */
  mode?: PairMode;
  /** The image looked at in the gallery, how large the others are, and what it is compared with. */
  picture?: string;
  size?: GallerySize;
  base?: PairBase;
  /** The run it is compared with: the last green one where none is named. */
  with?: number;
}

/** Views that were once called otherwise. */
const renamedTabs: Record<string, RunTab> = { artifacts: "summary" };

/** Reads the parameters of a run page. */
export function validateRunSearch(raw: RawSearch): RunSearch {
  return present({
    attempt: count(raw.attempt),
    job: count(raw.job),
    tab: oneOf(runTabs, raw.tab) ?? renamedTabs[text(raw.tab) ?? ""],
    type: oneOf(fileTypes, raw.type),
    q: text(raw.q),
    artifact: count(raw.artifact),
    status: oneOf(testStatuses, raw.status),
    suite: text(raw.suite),
    novelty: oneOf(novelties, raw.novelty),
    report: count(raw.report),
    result: text(raw.result),
    test: count(raw.test),
    try: count(raw.try),
    picture: text(raw.picture),
    size: oneOf(gallerySizes, raw.size),
    base: oneOf(["expected", "previous"] as const, raw.base),
    mode: oneOf(pairModes, raw.mode),
    with: count(raw.with),
  });
}

/** What the address of a file page says. */
export interface FileSearch extends LogSearch {
  /** The viewer chosen instead of the one that fits best. */
  as?: string;
  /** The column a table is sorted by, from 1; with a minus, downwards. */
  sort?: string;
  /** How pictures are compared, and with what. */
  mode?: PairMode;
  base?: PairBase;
  /** The action of a trace that is looked at, the time in milliseconds where it is another, and the tab. */
  action?: number;
  at?: number;
  about?: string;
  /** Whether the files of a trace are listed instead of what it says. */
  view?: "files";
  /** The entry of an archive that is looked at, the archive inside it, and the filter of paths. */
  entry?: number;
  within?: number;
  path?: string;
  /** The value of a large JSON file that is looked at. */
  pointer?: string;
}

/** What the address says about the log view of a page; read and written there (log/viewState.ts). */
export interface LogSearch {
  find?: string;
  case?: string;
  regex?: string;
  only?: string;
  in?: string;
  out?: string;
  marks?: string;
}

function logSearch(raw: RawSearch) {
  return {
    find: text(raw.find),
    case: text(raw.case),
    regex: text(raw.regex),
    only: text(raw.only),
    in: text(raw.in),
    out: text(raw.out),
    marks: text(raw.marks),
  };
}

/** Reads the parameters of a file page. */
export function validateFileSearch(raw: RawSearch): FileSearch {
  return present({
    ...logSearch(raw),
    as: text(raw.as),
    sort: text(raw.sort),
    mode: oneOf(pairModes, raw.mode),
    base: oneOf(["expected", "previous"] as const, raw.base),
    action: whole(raw.action),
    at: whole(raw.at),
    about: text(raw.about),
    view: oneOf(["files"] as const, raw.view),
    within: whole(raw.within),
    entry: whole(raw.entry),
    path: text(raw.path),
    pointer: text(raw.pointer),
  });
}

/** Reads the parameters of a job page. */
export function validateJobSearch(raw: RawSearch): LogSearch & { attempt?: number } {
  return present({ attempt: count(raw.attempt), ...logSearch(raw) });
}

/** Days that the overview looks back. */
export const overviewWindows = ["1d", "7d", "14d", "30d", "90d"] as const;

/** What the address of the overview says. */
export interface OverviewSearch {
  /** The default branch where absent; `*` for all branches. */
  branch?: string;
  /** 14 days where absent. */
  window?: (typeof overviewWindows)[number];
  repository?: string;
  q?: string;
  /** Shown on a wall. */
  kiosk?: 1;
}

/** Reads the parameters of the overview. */
export function validateOverviewSearch(raw: RawSearch): OverviewSearch {
  return present({
    branch: text(raw.branch),
    window: oneOf(overviewWindows, raw.window),
    repository: text(raw.repository),
    q: text(raw.q),
    kiosk: count(raw.kiosk) === 1 ? (1 as const) : undefined,
  });
}

/** What becomes of an item of the queue, as the filter names it. */
export const queueStates = ["running", "failed", "givenUp", "waiting"] as const satisfies QueueState[];

/** The filter of the queue. */
export function validateSyncSearch(raw: RawSearch): { state?: QueueState } {
  return present({ state: oneOf(queueStates, raw.state) });
}

/** The filter of the workflow list. */
export function validateWorkflowsSearch(raw: RawSearch): { q?: string } {
  return present({ q: text(raw.q) });
}

/** The views of a workflow page. */
export const workflowViews = ["runs", "trends", "grid", "jobs"] as const;

/** One view of a workflow page. */
export type WorkflowView = (typeof workflowViews)[number];

/** Times that trends look back. */
export const trendWindows = ["7d", "30d", "90d", "365d"] as const;

/** Orders of the rows of a grid. */
export const gridOrders = ["streak", "flips", "failures", "slowest", "name"] as const;

/** Orders of the jobs of a workflow. */
export const jobOrders = ["failures", "slowest", "queue", "critical"] as const;

/** What the address of a workflow page says: the filters of its runs, and of its other views. */
export interface WorkflowSearch extends RunsSearch {
  view?: Exclude<WorkflowView, "runs">;
  /** How far trends and jobs look back. */
  window?: (typeof trendWindows)[number];
  /** Shown as a table for those who do not see the drawing. */
  as?: "table";
  /** Order of the jobs, and the one that is unfolded. */
  sort?: (typeof jobOrders)[number];
  job?: string;
  verdict?: Verdict;
  /** How many runs the grid shows. */
  runs?: number;
  /** Whether tests that never failed are shown as well. */
  green?: 1;
  /** Order of the rows of the grid. */
  order?: (typeof gridOrders)[number];
  group?: "suite";
  colour?: "duration";
  size?: "s" | "l";
  /** Where the grid's columns start. */
  before?: string;
  /** The cell looked at, as test and run. */
  cell?: string;
  /** Whether it stays while the pointer moves on. */
  pin?: 1;
}

/** Reads the parameters of a workflow page. */
export function validateWorkflowSearch(raw: RawSearch): WorkflowSearch {
  const runs = count(raw.runs);
  return {
    ...validateRunsSearch(raw),
    ...present({
      view: oneOf(["trends", "grid", "jobs"] as const, raw.view),
      window: oneOf(trendWindows, raw.window),
      as: oneOf(["table"] as const, raw.as),
      sort: oneOf(jobOrders, raw.sort),
      job: text(raw.job),
      verdict: oneOf(verdicts, raw.verdict),
      runs: runs !== undefined && runs <= 200 ? runs : undefined,
      green: count(raw.green) === 1 ? (1 as const) : undefined,
      order: oneOf(gridOrders, raw.order),
      group: oneOf(["suite"] as const, raw.group),
      colour: oneOf(["duration"] as const, raw.colour),
      size: oneOf(["s", "l"] as const, raw.size),
      before: text(raw.before),
      cell: text(raw.cell),
      pin: count(raw.pin) === 1 ? (1 as const) : undefined,
    }),
  };
}

/** How a list of tests can be sorted. */
export const testSorts = [
  "failures",
  "impact",
  "flakiness",
  "flips",
  "failRate",
  "slowness",
  "lastFailure",
  "name",
] as const satisfies TestSort[];

/** What the address of the list of tests says. */
export interface TestsSearch {
  q?: string;
  verdict?: Verdict;
  sort?: TestSort;
  repository?: string;
}

/** Reads the parameters of the list of tests. */
export function validateTestsSearch(raw: RawSearch): TestsSearch {
  return present({
    q: text(raw.q),
    verdict: oneOf(verdicts, raw.verdict),
    sort: oneOf(testSorts, raw.sort),
    repository: text(raw.repository),
  });
}

/** Reads the filters of a test's history. */
export function validateTestSearch(raw: RawSearch): HistoryParameters {
  return present({
    branch: text(raw.branch),
    variant: text(raw.variant),
    workflowId: count(raw.workflowId),
    status: oneOf(testStatuses, raw.status),
  });
}

/** Reads the filters of the list of failures. */
export function validateFailuresSearch(raw: RawSearch): FailuresParameters {
  return present({
    q: text(raw.q),
    repository: text(raw.repository),
    branch: text(raw.branch),
    onDefault: count(raw.onDefault) === 1 ? "1" : undefined,
    since: count(raw.since),
    sort: oneOf(["lastSeen", "runs"] as const, raw.sort),
  });
}

/** The types of a search, in the order of its tabs. */
export const foundTypes = [
  "tests",
  "failures",
  "runs",
  "workflows",
  "branches",
  "files",
] as const satisfies FoundType[];

/** Reads the words of a search, and the one type it shows. */
export function validateSearchSearch(raw: RawSearch): { q?: string; type?: FoundType } {
  return present({ q: text(raw.q), type: oneOf(foundTypes, raw.type) });
}

/** Reads which run another one is compared with: the last green one where none is named. */
export function validateCompareSearch(raw: RawSearch): { with?: number } {
  return present({ with: count(raw.with) ?? count(raw.base) });
}

/** An id from a path segment; null where it is not a positive whole number. */
export function idOf(segment: string): number | null {
  return count(segment) ?? null;
}
