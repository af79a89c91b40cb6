// Trends as charts show them: which figures, on which scale, where the lines run, and what a bucket is in words. Pure.
import type { TrendChange, Trends } from "../../../api/types";
import { formatBytes, formatCount, formatDuration, formatRate } from "../../../format";
import { roundUp } from "../../test/chart";

/** A row of figures, one a bucket. */
export interface Line {
  label: string;
  values: (number | null)[];
  /** The token it is drawn in. */
  tone: "accent" | "pass" | "fail" | "flaky" | "skip" | "running";
  dashed?: boolean;
}

/** A chart: lines, or bars that stand on each other. */
export interface Chart {
  id: string;
  title: string;
  kind: "lines" | "bars";
  lines: Line[];
  top: number;
  format: (value: number) => string;
  /** The kind of steps that are marked in it. */
  marks?: TrendChange["kind"];
  /** What stands there when there is no figure at all. */
  empty: string;
}

function topOf(values: (number | null)[]): number {
  return roundUp(Math.max(0, ...values.map((value) => value ?? 0)));
}

const durationSteps = [
  1_000, 2_000, 5_000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000, 900_000, 1_200_000, 1_800_000,
  2_700_000, 3_600_000, 5_400_000, 7_200_000, 14_400_000, 28_800_000,
];

/** The next duration at or above that a scale can end with: clocks do not count in tens. */
export function roundUpDuration(ms: number): number {
  return durationSteps.find((step) => ms <= step) ?? Math.ceil(ms / 28_800_000) * 28_800_000;
}

/** The charts of a workflow. */
export function chartsOf({ series }: Trends): Chart[] {
  const other = series.runs.map((runs, at) =>
    Math.max(0, runs - (series.succeeded[at] ?? 0) - (series.failed[at] ?? 0)),
  );
  const longest = Math.max(0, ...series.p95Ms.map((ms) => ms ?? 0));
  return [
    {
      id: "rate",
      title: "Success rate",
      kind: "lines",
      lines: [{ label: "succeeded", values: series.successRate, tone: "pass" }],
      top: 1,
      format: formatRate,
      marks: "successRate",
      empty: "No run has ended in this time.",
    },
    {
      id: "duration",
      title: "Duration",
      kind: "lines",
      lines: [
        { label: "p50", values: series.p50Ms, tone: "accent" },
        { label: "p95", values: series.p95Ms, tone: "accent", dashed: true },
      ],
      top: roundUpDuration(longest),
      format: formatDuration,
      marks: "duration",
      empty: "No run with a duration in this time.",
    },
    {
      id: "runs",
      title: "Runs",
      kind: "bars",
      lines: [
        { label: "failed", values: series.failed, tone: "fail" },
        { label: "succeeded", values: series.succeeded, tone: "pass" },
        { label: "other", values: other, tone: "skip" },
      ],
      top: topOf(series.runs),
      format: formatCount,
      empty: "No run in this time.",
    },
    {
      id: "queue",
      title: "Waiting for the first job",
      kind: "lines",
      lines: [{ label: "p50", values: series.queueP50Ms, tone: "running" }],
      top: roundUpDuration(Math.max(0, ...series.queueP50Ms.map((ms) => ms ?? 0))),
      format: formatDuration,
      empty: "The jobs of these runs are not known yet.",
    },
    {
      id: "tests",
      title: "Failed and flaky tests",
      kind: "bars",
      lines: [
        { label: "failed", values: series.failedTests, tone: "fail" },
        { label: "flaky", values: series.flakyTests, tone: "flaky" },
      ],
      top: topOf(series.failedTests.map((failed, at) => failed + (series.flakyTests[at] ?? 0))),
      format: formatCount,
      empty: "No test failed in this time.",
    },
    {
      id: "artifacts",
      title: "Artifacts uploaded",
      kind: "bars",
      lines: [{ label: "size", values: series.artifactBytes, tone: "skip" }],
      top: topOf(series.artifactBytes),
      format: formatBytes,
      empty: "No artifact in this time.",
    },
  ];
}

/** Whether a chart has anything to show. */
export function isEmpty(chart: Chart): boolean {
  return chart.lines.every((line) =>
    line.values.every((value) => value === null || (chart.kind === "bars" && value === 0)),
  );
}

/** The path of a line in a box of one unit a bucket and 100 high; where figures are missing it is interrupted. */
export function pathOf(values: (number | null)[], top: number): string {
  let path = "";
  let pen = "M";
  values.forEach((value, at) => {
    if (value === null) {
      pen = "M";
      return;
    }
    const y = 100 - (Math.min(value, top) / (top || 1)) * 100;
    const x = at + 0.5;
    const isAlone = pen === "M" && (values[at + 1] ?? null) === null;
    path += `${pen}${x} ${round(y)}${isAlone ? "h.001" : ""}`;
    pen = "L";
  });
  return path;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

/** The bars of a bucket from the foot up: where each begins and how high it is, of 100. */
export function barsAt(chart: Chart, at: number): { line: Line; y: number; height: number }[] {
  let foot = 100;
  return chart.lines.flatMap((line) => {
    const value = line.values[at] ?? 0;
    if (value <= 0) return [];
    const height = round(Math.max(1.5, (value / (chart.top || 1)) * 100));
    foot = round(foot - height);
    return [{ line, y: foot, height }];
  });
}

const dayFormat = new Intl.DateTimeFormat("en", { day: "numeric", month: "short", timeZone: "UTC" });
const hourFormat = new Intl.DateTimeFormat("en", {
  day: "numeric",
  month: "short",
  hour: "2-digit",
  minute: "2-digit",
  hourCycle: "h23",
});

/** What a bucket is called: days and weeks are UTC days, as they are counted; hours are in the reader's own time. */
export function bucketName(trends: Pick<Trends, "t" | "bucketMs">, at: number): string {
  const begin = new Date(trends.t[at] ?? 0);
  if (trends.bucketMs < 86_400_000) return hourFormat.format(begin);
  if (trends.bucketMs === 86_400_000) return dayFormat.format(begin);
  return `${dayFormat.format(begin)} – ${dayFormat.format(new Date(begin.getTime() + trends.bucketMs - 1))}`;
}

/** A chart's figures of a bucket in words. */
export function figuresAt(chart: Chart, at: number): string {
  const known = chart.lines.filter((line) => (line.values[at] ?? null) !== null);
  if (known.length === 0) return "no figure";
  return known.map((line) => `${line.label} ${chart.format(line.values[at] ?? 0)}`).join(", ");
}

/** Beginning and end of a bucket, as the list of runs takes them. */
export function bucketBounds(trends: Pick<Trends, "t" | "bucketMs">, at: number): { from: string; to: string } {
  const begin = new Date(trends.t[at] ?? 0).getTime();
  const text = (ms: number) => new Date(ms).toISOString().replace(".000Z", "Z");
  return { from: text(begin), to: text(begin + trends.bucketMs - 1000) };
}

/** The bucket in which a run was created; -1 where it is in none. */
export function bucketOf(trends: Pick<Trends, "t" | "bucketMs">, at: string): number {
  const begin = new Date(trends.t[0] ?? 0).getTime();
  const place = Math.floor((new Date(at).getTime() - begin) / trends.bucketMs);
  return place >= 0 && place < trends.t.length ? place : -1;
}

/** Where a key leads from a bucket; null for a key that means nothing here. */
export function bucketMoved(from: number, count: number, key: string): number | null {
  const to = (at: number) => Math.min(count - 1, Math.max(0, at));
  switch (key) {
    case "ArrowLeft":
    case "ArrowDown":
      return to(from - 1);
    case "ArrowRight":
    case "ArrowUp":
      return to(from + 1);
    case "PageDown":
      return to(from - 7);
    case "PageUp":
      return to(from + 7);
    case "Home":
      return 0;
    case "End":
      return count - 1;
    default:
      return null;
  }
}

/** What a step is in words. */
export function changeWords(change: TrendChange): { title: string; figures: string; isWorse: boolean } {
  const { before, after } = change;
  if (change.kind === "successRate") {
    const points = Math.round((after - before) * 100);
    return {
      title: points < 0 ? "Fewer runs succeed" : "More runs succeed",
      figures: `${formatRate(before)} → ${formatRate(after)}`,
      isWorse: after < before,
    };
  }
  const percent = Math.round((after / Math.max(1, before) - 1) * 100);
  return {
    title: percent > 0 ? "Runs take longer" : "Runs got faster",
    figures: `${formatDuration(before)} → ${formatDuration(after)} (${percent > 0 ? "+" : "−"}${Math.abs(percent)}%)`,
    isWorse: after > before,
  };
}

/** The sentence above the charts. */
export function trendSentence(trends: Trends): string {
  const sum = (values: number[]) => values.reduce((all, one) => all + one, 0);
  const [succeeded, failed] = [sum(trends.series.succeeded), sum(trends.series.failed)];
  const judged = succeeded + failed;
  if (judged === 0) return `No run has succeeded or failed in the last ${trends.windowDays} days.`;
  const trend = {
    unknown: "",
    steady: " The last 7 days are no different.",
    worse: " It got worse in the last 7 days.",
    muchWorse: " It got much worse in the last 7 days.",
    better: " It got better in the last 7 days.",
  }[trends.rateTrend];
  const rate = formatRate(succeeded / judged);
  return `${formatCount(succeeded)} of ${formatCount(judged)} runs succeeded in ${trends.windowDays} days (${rate}).${trend}`;
}
