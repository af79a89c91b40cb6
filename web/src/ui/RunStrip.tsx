// The last runs of a workflow as bars: colour and foot mark say the outcome, height the duration.
import { Link } from "@tanstack/react-router";
import type { RecentRun } from "../api/types";
import { formatDuration } from "../format";
import { type Outcome, outcomeLabel, outcomeOf } from "../outcome";

const barWidth = 5;
const gap = 2;
const fullHeight = 24;
const footHeight = 3;

const fills: Record<Outcome, string> = {
  pass: "fill-pass opacity-65",
  fail: "fill-fail",
  running: "fill-running",
  queued: "fill-running opacity-50",
  cancelled: "fill-skip",
  skipped: "fill-skip opacity-60",
  attention: "fill-flaky",
  unknown: "fill-skip",
};

/** Bars in the order of time, newest right; heights on a square-root scale of the longest. */
export function barsOf(runs: RecentRun[]): { run: RecentRun; outcome: Outcome; height: number }[] {
  const ordered = [...runs].sort((a, b) => a.createdAt.localeCompare(b.createdAt) || a.id - b.id);
  const longest = Math.max(1, ...ordered.map((run) => run.durationMs ?? 0));
  return ordered.map((run) => ({
    run,
    outcome: outcomeOf(run),
    height: Math.max(4, Math.round(Math.sqrt((run.durationMs ?? 0) / longest) * fullHeight)),
  }));
}

/** The sentence a screen reader hears for the whole strip. */
export function stripSentence(runs: RecentRun[]): string {
  if (runs.length === 0) return "No runs yet";
  const failed = runs.filter((run) => outcomeOf(run) === "fail").length;
  return `Last ${runs.length} runs: ${failed === 0 ? "none failed" : `${failed} failed`}`;
}

/** The strip; each bar leads to its run. */
export function RunStrip({ runs, count = 30 }: { runs: RecentRun[]; count?: number }) {
  const bars = barsOf(runs).slice(-count);
  const width = count * (barWidth + gap) - gap;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset cannot hold drawings.
    <svg
      role="group"
      aria-label={stripSentence(runs)}
      width={width}
      height={fullHeight + footHeight + 1}
      viewBox={`0 0 ${width} ${fullHeight + footHeight + 1}`}
      className="block max-w-full"
    >
      {bars.map(({ run, outcome, height }, index) => {
        const x = (count - bars.length + index) * (barWidth + gap);
        const label = `#${run.runNumber} ${outcomeLabel(run)}${run.durationMs === null ? "" : `, ${formatDuration(run.durationMs)}`}`;
        return (
          <Link
            key={run.id}
            to="/runs/$runId"
            params={{ runId: String(run.id) }}
            tabIndex={-1}
            aria-label={label}
            className="group"
          >
            <title>{label}</title>
            <rect
              x={x - gap / 2}
              y={0}
              width={barWidth + gap}
              height={fullHeight + footHeight + 1}
              className="fill-transparent group-hover:fill-raised"
            />
            <rect x={x} y={fullHeight - height} width={barWidth} height={height} rx={1.5} className={fills[outcome]} />
            {outcome === "fail" && (
              <rect x={x} y={fullHeight + 1} width={barWidth} height={footHeight - 1} className="fill-fail" />
            )}
          </Link>
        );
      })}
    </svg>
  );
}
