// What the overview says in words and numbers: verdict, metrics, groups and bars. Pure.
import type { Overview, OverviewMetric, OverviewWorkflow, RecentChange } from "../../api/types";
import { formatCount, formatDuration, formatRate, plural } from "../../format";

/** How a figure compares: better, worse, or neither. */
export type Trend = "better" | "worse" | "same";

/** A metric as its tile shows it. */
export interface Figure {
  label: string;
  value: string;
  /** Behind the value, smaller. */
  suffix?: string;
  /** Below the value. */
  note: string;
  change?: { text: string; arrow: "up" | "down"; trend: Trend };
  tone: "fail" | "pass" | "flaky" | "plain";
  /** What the curve shows, for those who do not see it. */
  curve: string;
}

/** "24h" for a day, "14d" for fourteen. */
export function windowLabel(days: number): string {
  return days === 1 ? "24h" : `${days}d`;
}

/** A large count in short: "1.84 M", "44.9 k". */
export function shortCount(count: number): string {
  if (count >= 999_500) return `${(count / 1_000_000).toFixed(2)} M`;
  if (count >= 99_950) return `${Math.round(count / 1000)} k`;
  return formatCount(count);
}

const trendOf = (delta: number, moreIsWorse: boolean): Trend =>
  delta === 0 ? "same" : delta > 0 === moreIsWorse ? "worse" : "better";

function changeOf(text: string, delta: number, moreIsWorse: boolean): NonNullable<Figure["change"]> {
  return { text, arrow: delta > 0 ? "up" : "down", trend: trendOf(delta, moreIsWorse) };
}

/** A difference of shares in points: "2.1 pt". */
export function points(delta: number): string {
  return `${Math.abs(delta * 100).toFixed(1)} pt`;
}

/** The metric in words. */
export function figureOf(metric: OverviewMetric, days: number, newToday = 0): Figure {
  const { value, delta, detail } = metric;
  const unit = days === 1 ? "hour" : "day";
  const before = `previous ${windowLabel(days)}`;
  switch (metric.key) {
    case "failingWorkflows": {
      const failing = value ?? 0;
      return {
        label: "Failing workflows",
        value: formatCount(failing),
        suffix: `of ${formatCount(detail ?? 0)}`,
        note:
          newToday > 0
            ? `${newToday} new today`
            : delta
              ? `${metric.previous || "none"} failing ${windowLabel(days)} ago`
              : "none new today",
        tone: failing > 0 ? "fail" : "pass",
        curve: `Failing workflows by ${unit}`,
      };
    }
    case "successRate":
      return {
        label: "Success rate",
        value: value === null ? "–" : formatRate(value),
        note: delta === null ? `of ${plural(detail ?? 0, "run")}` : `vs. ${before}`,
        ...(delta && Math.abs(delta) >= 0.0005 ? { change: changeOf(points(delta), delta, false) } : {}),
        tone: "pass",
        curve: `Success rate by ${unit}`,
      };
    case "timeToGreen":
      return {
        label: "Time to green signal",
        value: value === null ? "–" : formatDuration(value),
        note: value === null ? "no commit became green" : `p95 ${formatDuration(detail ?? value)}`,
        ...(delta && value && Math.abs(delta) >= 1000 && Math.abs(delta) >= value * 0.01
          ? { change: changeOf(formatDuration(Math.abs(delta)), delta, true) }
          : {}),
        tone: "plain",
        curve: `Median time to green by ${unit}`,
      };
    case "flakyTests":
      return {
        label: "Flaky tests",
        value: formatCount(value ?? 0),
        note: detail ? `became flaky in ${windowLabel(days)}` : `none new in ${windowLabel(days)}`,
        ...(detail ? { change: changeOf(formatCount(detail), detail, true) } : {}),
        tone: "flaky",
        curve: `Flaky results by ${unit}`,
      };
    case "executions":
      return {
        label: "Test executions",
        value: shortCount(value ?? 0),
        note: `${plural(detail ?? 0, "distinct test")}`,
        tone: "plain",
        curve: `Test executions by ${unit}`,
      };
  }
}

/** Which workflows began to fail within a day of the answer. */
export function failingSinceToday(overview: Overview): OverviewWorkflow[] {
  const now = new Date(overview.generatedAt).getTime();
  return overview.workflows.filter(
    ({ failingSince }) => failingSince && now - new Date(failingSince.run.createdAt).getTime() < 86_400_000,
  );
}

/** The workflows in three groups, pinned ones first in each, else in the server's order. */
export interface Groups {
  failing: OverviewWorkflow[];
  healthy: OverviewWorkflow[];
  disabled: OverviewWorkflow[];
}

/** Groups the workflows that match the filter. */
export function groupsOf(workflows: OverviewWorkflow[], filter: string, pins: ReadonlySet<number>): Groups {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  const matching = workflows.filter((workflow) => {
    const text = `${workflow.name} ${workflow.path} ${workflow.repository}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
  const pinned = matching.filter((workflow) => pins.has(workflow.id));
  const ordered = [...pinned, ...matching.filter((workflow) => !pins.has(workflow.id))];
  return {
    failing: ordered.filter((workflow) => workflow.standing === "failing"),
    healthy: ordered.filter((workflow) => workflow.standing !== "failing" && workflow.standing !== "disabled"),
    disabled: ordered.filter((workflow) => workflow.standing === "disabled"),
  };
}

function namesOf(workflows: OverviewWorkflow[]): string {
  const [first, second] = workflows.map((workflow) => workflow.name);
  if (workflows.length <= 2) return [first, second].filter(Boolean).join(" and ");
  return `${first}, ${second} and ${workflows.length - 2} more`;
}

/** One sentence on how things stand. */
export function verdictOf(overview: Overview): string {
  const counted = overview.workflows.filter(({ standing }) => standing !== "disabled" && standing !== "idle");
  const failing = counted.filter(({ standing }) => standing === "failing");
  const where =
    overview.branch === null ? "on the default branch" : overview.branch === "*" ? "" : `on ${overview.branch}`;
  const place = where && ` ${where}`;
  if (counted.length === 0) return `No workflow has passed or failed${place} yet.`;
  const flaky = overview.metrics.find(({ key }) => key === "flakyTests")?.value ?? 0;
  if (failing.length === 0) {
    const all = counted.length === 1 ? "The one workflow passes" : `All ${counted.length} workflows pass`;
    return `${all}${place}${flaky > 0 ? `; ${plural(flaky, "test is", "tests are")} flaky` : ""}.`;
  }
  const fail = failing.length === 1 ? "workflows fails" : "workflows fail";
  const news = new Set(overview.newFailures.map(({ testId }) => testId)).size;
  const failures = news > 0 ? ` ${plural(news, "test failure is", "test failures are")} new.` : "";
  return `${failing.length} of ${counted.length} ${fail}${place}: ${namesOf(failing)}.${failures}`;
}

/** What a bar of a strip stands for. */
export interface Bar {
  id: number;
  number: number;
  letter: string;
  durationMs: number | null;
  /** Share of the full height, 0 to 1. */
  height: number;
}

const least = 0.22;

/** Bars oldest first; heights from the longest of them, on a square-root scale. */
export function barsOf(strip: OverviewWorkflow["strip"]): Bar[] {
  const longest = Math.max(1, ...strip.durationsMs.map((ms) => ms ?? 0));
  return strip.ids.map((id, at) => {
    const durationMs = strip.durationsMs[at] ?? null;
    return {
      id,
      number: strip.numbers[at] ?? 0,
      letter: strip.outcomes[at] ?? "U",
      durationMs,
      height: Math.max(least, Math.sqrt((durationMs ?? longest * 0.3) / longest)),
    };
  });
}

/** What the letters of a strip mean. */
export const letterWords: Record<string, string> = {
  P: "passed",
  L: "passed, flaky",
  F: "failed",
  C: "cancelled",
  S: "skipped",
  A: "waiting for approval",
  R: "running",
  Q: "queued",
  U: "unknown",
};

/** The strip in a sentence. */
export function stripSentence(letters: string): string {
  if (letters === "") return "No runs yet";
  const count = (letter: string) => letters.split(letter).length - 1;
  const parts = [
    [count("F"), "failed"],
    [count("L"), "flaky"],
  ]
    .filter(([many]) => (many as number) > 0)
    .map(([many, word]) => `${many} ${word}`);
  return `Last ${plural(letters.length, "run")}, oldest first: ${parts.length > 0 ? parts.join(", ") : "none failed"}`;
}

/** How far a run is, as a share of what such runs usually take; null where that cannot be told. */
export function progressOf(workflow: OverviewWorkflow, nowMs: number): number | null {
  const { running, latest, p50DurationMs } = workflow;
  // One that waits, for a runner or for somebody's approval, gets nowhere.
  if (!running?.startedAt || !p50DurationMs || (latest && latest.status !== "in_progress")) return null;
  return Math.max(0, (nowMs - new Date(running.startedAt).getTime()) / p50DurationMs);
}

/** What happened to a run, behind its name: "failed, 7 tests". */
export function changeSentence(run: RecentChange): string {
  if (run.status !== "completed") {
    const word = run.status === "in_progress" ? "running" : "waiting";
    return run.jobs > 0 ? `${word}, ${run.jobsDone} of ${run.jobs} jobs done` : word;
  }
  const took = run.durationMs === null ? "" : ` in ${formatDuration(run.durationMs)}`;
  switch (run.conclusion) {
    case "success":
      return `passed${took}`;
    case "failure":
      return run.failedTests ? `failed, ${plural(run.failedTests, "test")}` : `failed${took}`;
    default:
      return (run.conclusion ?? "ended").replaceAll("_", " ");
  }
}

/** The addresses of a comparison: the later run is shown beside the earlier one. */
export function comparisonOf(one: Bar, other: Bar): { run: number; with: number } {
  const isLater = one.number > other.number;
  return isLater ? { run: one.id, with: other.id } : { run: other.id, with: one.id };
}
