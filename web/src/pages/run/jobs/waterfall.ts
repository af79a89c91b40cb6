// The jobs of an attempt along a time axis: bars, steps, groups of a matrix, and the chain that took longest. Pure.
import type { Job, Step } from "../../../api/types";
import { type Outcome, outcomeOf } from "../../../outcome";

/** A stretch of time on the axis, in milliseconds from its beginning. */
export interface Span {
  startMs: number;
  endMs: number;
}

/** A step as a part of its job's bar. */
export interface StepSpan extends Span {
  step: Step;
  outcome: Outcome;
}

/** A job's row. */
export interface JobRow {
  job: Job;
  outcome: Outcome;
  /** Waiting for a runner; null where that is not known or took no time. */
  queue: Span | null;
  /** Running; null for a job that did not run, or ran in an earlier attempt. */
  bar: Span | null;
  steps: StepSpan[];
  /** It ran in an earlier attempt, and its result was kept. */
  isKept: boolean;
}

/** Jobs of one matrix. */
export interface JobGroup {
  name: string;
  rows: JobRow[];
}

/** The chain of jobs that took longest. */
export interface CriticalPath {
  jobs: Job[];
  totalMs: number;
}

/** Everything that is drawn. */
export interface Waterfall {
  rows: JobRow[];
  lengthMs: number;
  path: CriticalPath | null;
}

const toMs = (time: string | null): number | null => (time === null ? null : Date.parse(time));
// GitHub's times are whole seconds: one that looks a second early is not.
const toleranceMs = 1_000;

/** When a job ended; one that runs goes on until `nowMs`. */
function endOf(job: Job, nowMs: number): number | null {
  return toMs(job.completedAt) ?? (outcomeOf(job) === "running" ? nowMs : null);
}

function isSkipped(job: Job): boolean {
  return outcomeOf(job) === "skipped" && (job.steps.length === 0 || job.startedAt === job.completedAt);
}

/** The rows on one axis that begins with the first job of the attempt; `attemptStartedAt` tells kept jobs apart. */
export function waterfallOf(jobs: Job[], attemptStartedAt: string | null, nowMs: number): Waterfall {
  const attemptMs = toMs(attemptStartedAt);
  const isKept = (job: Job) => {
    const end = toMs(job.completedAt);
    return attemptMs !== null && end !== null && end < attemptMs - toleranceMs;
  };
  const own = jobs.filter((job) => !isKept(job) && !isSkipped(job));
  const starts = own.flatMap((job) => [queuedAt(job, attemptMs), toMs(job.startedAt)]).filter((at) => at !== null);
  const zero = starts.length > 0 ? Math.min(...starts) : 0;
  const rows = jobs.map((job) => rowOf(job, zero, attemptMs, nowMs, isKept(job)));
  const lengthMs = Math.max(1, ...rows.flatMap((row) => [row.bar?.endMs ?? 0, row.queue?.endMs ?? 0]));
  return { rows: rows.sort(byStart), lengthMs, path: criticalPath(rows) };
}

/** A job of a re-run keeps the moment its first attempt was created; waiting begins with the attempt. */
function queuedAt(job: Job, attemptMs: number | null): number | null {
  const created = toMs(job.createdAt);
  if (created === null) return null;
  return attemptMs === null ? created : Math.max(created, attemptMs);
}

function rowOf(job: Job, zero: number, attemptMs: number | null, nowMs: number, isKept: boolean): JobRow {
  const outcome = outcomeOf(job);
  const start = toMs(job.startedAt);
  const end = endOf(job, nowMs);
  const created = queuedAt(job, attemptMs);
  if (isKept || isSkipped(job)) return { job, outcome, queue: null, bar: null, steps: [], isKept };
  const waited = outcome === "queued" ? nowMs : start;
  const queue =
    created !== null && waited !== null && waited - created > 0
      ? { startMs: created - zero, endMs: waited - zero }
      : null;
  const hasRun = start !== null && end !== null && outcome !== "queued";
  const bar = hasRun ? { startMs: start - zero, endMs: Math.max(start, end) - zero } : null;
  return { job, outcome, queue, bar, steps: bar ? stepsOf(job, zero, bar, nowMs) : [], isKept };
}

function stepsOf(job: Job, zero: number, bar: Span, nowMs: number): StepSpan[] {
  const clamp = (ms: number) => Math.min(bar.endMs, Math.max(bar.startMs, ms));
  const spans: StepSpan[] = [];
  for (const step of job.steps) {
    const start = toMs(step.startedAt);
    const end = toMs(step.completedAt) ?? (outcomeOf(step) === "running" ? nowMs : null);
    if (start === null || end === null || outcomeOf(step) === "skipped") continue;
    spans.push({
      step,
      outcome: outcomeOf(step),
      startMs: clamp(start - zero),
      endMs: clamp(Math.max(start, end) - zero),
    });
  }
  return spans;
}

function byStart(a: JobRow, b: JobRow): number {
  const at = (row: JobRow) => row.bar?.startMs ?? row.queue?.startMs ?? (row.isKept ? -1 : Number.POSITIVE_INFINITY);
  const [first, second] = [at(a), at(b)];
  return first === second ? a.job.name.localeCompare(b.job.name, "en", { numeric: true }) : first - second;
}

/**
 * Of all chains of jobs in which each began after the one before had ended, the one that ran longest. What a job
 * waited for is not in GitHub's API, so this is what the times allow, not what the workflow says.
 */
export function criticalPath(rows: JobRow[]): CriticalPath | null {
  const ran = rows.flatMap((row) => (row.bar ? [{ row, bar: row.bar }] : [])).sort((a, b) => a.bar.endMs - b.bar.endMs);
  // The best chain that ends with each job: how long its jobs ran, and the job before.
  const best: { totalMs: number; before: number }[] = [];
  for (const [index, { bar }] of ran.entries()) {
    let before = -1;
    let longest = 0;
    for (let earlier = 0; earlier < index; earlier++) {
      const candidate = ran[earlier];
      const total = best[earlier]?.totalMs ?? 0;
      if (candidate && candidate.bar.endMs <= bar.startMs + toleranceMs && total > longest) {
        longest = total;
        before = earlier;
      }
    }
    best.push({ totalMs: longest + bar.endMs - bar.startMs, before });
  }
  let at = best.reduce((top, one, index) => (one.totalMs > (best[top]?.totalMs ?? -1) ? index : top), 0);
  const chain: typeof ran = [];
  while (at !== -1) {
    const link = ran[at];
    if (!link) break;
    chain.unshift(link);
    at = best[at]?.before ?? -1;
  }
  const [first, last] = [chain[0], chain.at(-1)];
  if (!first || !last) return null;
  return {
    jobs: chain.map(({ row }) => row.job),
    totalMs: last.bar.endMs - (first.row.queue?.startMs ?? first.bar.startMs),
  };
}

/** What jobs of one matrix share: the name before its values, "e2e" of "e2e (chromium, 1/8)" and of "e2e 3/8". */
export function groupName(name: string): string {
  const bare = name.replace(/\s*\([^()]*\)\s*$/, "").replace(/\s+\d+\s*\/\s*\d+$/, "");
  return bare.trim() || name;
}

const enoughForGroup = 3;

/** Jobs of a matrix together, at the place of the first; a job without siblings is a group of its own. */
export function groupRows(rows: JobRow[]): JobGroup[] {
  const counts = new Map<string, number>();
  for (const { job } of rows) counts.set(groupName(job.name), (counts.get(groupName(job.name)) ?? 0) + 1);
  const groups = new Map<string, JobGroup>();
  for (const row of rows) {
    const name = groupName(row.job.name);
    const isMatrix = (counts.get(name) ?? 0) >= enoughForGroup && name !== row.job.name;
    const key = isMatrix ? name : `${row.job.id}`;
    const group = groups.get(key) ?? { name: isMatrix ? name : row.job.name, rows: [] };
    group.rows.push(row);
    groups.set(key, group);
  }
  return [...groups.values()];
}

const worst: Outcome[] = ["fail", "attention", "running", "queued", "cancelled", "unknown", "pass", "skipped"];

/** The outcome of the worst job. */
export function worstOf(rows: JobRow[]): JobRow | undefined {
  return [...rows].sort((a, b) => worst.indexOf(a.outcome) - worst.indexOf(b.outcome))[0];
}

const stepsOfAxis = [
  1, 2, 5, 10, 15, 30, 60, 120, 180, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400,
];

/** Round moments of the axis, at most `most` of them, beginning with 0. */
export function ticksOf(lengthMs: number, most = 6): number[] {
  const seconds = lengthMs / 1000;
  const step = stepsOfAxis.find((one) => seconds / one < most) ?? Math.ceil(seconds / most / 86_400) * 86_400;
  const ticks: number[] = [];
  for (let at = 0; at <= seconds; at += step) ticks.push(at * 1000);
  return ticks;
}

/** A moment of the axis in words: "0", "30s", "3m", "1h 30m". */
export function tickLabel(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds === 0) return "0";
  const [hours, minutes, rest] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60), seconds % 60];
  return [hours && `${hours}h`, minutes && `${minutes}m`, rest && `${rest}s`].filter(Boolean).join(" ");
}
