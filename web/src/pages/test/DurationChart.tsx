// How long a test took, execution by execution: shape and colour say the outcome, a line the median.
import { Link } from "@tanstack/react-router";
import type { HistoryEntry, TestDetail, TestStatus } from "../../api/types";
import { formatAbsolute, formatDuration } from "../../format";
import { searchWords, statusWords } from "../../testing/words";
import { chartOf, type Point, rolling } from "./chart";

const width = 1000;
const height = 150;
const left = 52;
const bottom = 132;
const top = 10;
const right = 34;

const xOf = (x: number) => left + x * (width - left - right);
const yOf = (y: number) => bottom - y * (bottom - top);

/** The chart; the table below it says the same in words. */
export function DurationChart({ test, history }: { test: TestDetail; history: HistoryEntry[] }) {
  const chart = chartOf(history);
  const { p50Ms, p95Ms } = test.durations;
  const step = test.durationStep;
  const stepAt = step ? chart.points.find((point) => point.entry.run.id === step.run.id) : undefined;
  if (!chart.points.some((point) => point.y !== null)) {
    return <p className="px-4 py-3 text-sm text-faint">The reports give no durations.</p>;
  }
  const lines: [label: string, value: number | null][] = [
    ["p50", p50Ms],
    ["p95", p95Ms],
  ];
  const label = `Durations of the last ${history.length} results, oldest left, up to ${formatDuration(chart.topMs)}. Median ${p50Ms === null ? "not known" : formatDuration(p50Ms)}, 95th percentile ${p95Ms === null ? "not known" : formatDuration(p95Ms)}.`;
  return (
    <div className="overflow-x-auto px-2 py-2">
      {step && (
        <p className="px-2 pb-1 text-sm">
          <span className={step.afterMs > step.beforeMs ? "font-medium text-fail-text" : "font-medium text-pass-text"}>
            {step.afterMs > step.beforeMs ? "Slower" : "Faster"} since{" "}
            <Link to="/runs/$runId" params={{ runId: String(step.run.id) }} className="underline">
              #{step.run.runNumber}
            </Link>
          </span>
          : the median went from {formatDuration(step.beforeMs)} to {formatDuration(step.afterMs)}.
        </p>
      )}
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset cannot hold drawings. */}
      <svg role="group" aria-label={label} viewBox={`0 0 ${width} ${height}`} className="block w-full min-w-[560px]">
        {[0, 0.5, 1].map((share) => (
          <g key={share}>
            <line
              x1={left}
              x2={width - right}
              y1={yOf(share)}
              y2={yOf(share)}
              className="stroke-line"
              strokeWidth={1}
            />
            <text x={left - 8} y={yOf(share) + 3} textAnchor="end" className="fill-faint text-[9px]">
              {formatDuration(share * chart.topMs)}
            </text>
          </g>
        ))}
        {lines.map(
          ([name, value]) =>
            value !== null &&
            value <= chart.topMs && (
              <g key={name}>
                <line
                  x1={left}
                  x2={width - right}
                  y1={yOf(value / chart.topMs)}
                  y2={yOf(value / chart.topMs)}
                  className="stroke-accent opacity-60"
                  strokeWidth={1}
                  strokeDasharray={name === "p50" ? "6 3" : "2 3"}
                />
                <text x={width - right + 8} y={yOf(value / chart.topMs) + 3} className="fill-accent text-[9px]">
                  {name}
                </text>
              </g>
            ),
        )}
        <path
          d={linePath(rolling(chart.points))}
          fill="none"
          strokeWidth={1.5}
          strokeLinejoin="round"
          className="stroke-accent opacity-70"
        />
        {step && stepAt && (
          <g>
            <line
              x1={xOf(stepAt.x)}
              x2={xOf(stepAt.x)}
              y1={top}
              y2={bottom}
              strokeDasharray="3 3"
              className={step.afterMs > step.beforeMs ? "stroke-fail" : "stroke-pass"}
            />
            <text
              x={xOf(stepAt.x) + (stepAt.x > 0.7 ? -6 : 6)}
              y={top + 6}
              textAnchor={stepAt.x > 0.7 ? "end" : "start"}
              className={`text-[9px] ${step.afterMs > step.beforeMs ? "fill-fail-text" : "fill-pass-text"}`}
            >
              {formatDuration(step.beforeMs)} → {formatDuration(step.afterMs)}
            </text>
          </g>
        )}
        {chart.points.map((point) => (
          <Dot key={point.entry.resultId} point={point} name={test.name} />
        ))}
      </svg>
    </div>
  );
}

function linePath(points: { x: number; y: number }[]): string {
  return points.map(({ x, y }, at) => `${at === 0 ? "M" : "L"}${xOf(x).toFixed(1)} ${yOf(y).toFixed(1)}`).join("");
}

const fills: Record<TestStatus, string> = {
  passed: "fill-pass opacity-70",
  failed: "fill-fail",
  flaky: "fill-flaky",
  skipped: "fill-skip",
};

function Dot({ point, name }: { point: Point; name: string }) {
  const { entry } = point;
  const x = xOf(point.x);
  const y = yOf(point.y ?? 0);
  const took = entry.durationMs === null ? "" : ` in ${formatDuration(entry.durationMs)}`;
  const label = `#${entry.run.runNumber} ${statusWords[entry.status].label}${took}, ${formatAbsolute(entry.run.createdAt)}`;
  return (
    <Link
      to="/runs/$runId"
      params={{ runId: String(entry.run.id) }}
      search={{
        tab: "tests",
        q: searchWords(name),
        result: entry.resultId,
        ...(entry.attempt === null ? {} : { attempt: entry.attempt }),
      }}
      tabIndex={-1}
      aria-label={label}
    >
      <title>{label}</title>
      <rect x={x - 5} y={top} width={10} height={bottom - top + 8} className="fill-transparent" />
      <Mark status={entry.status} x={x} y={y} />
    </Link>
  );
}

function Mark({ status, x, y }: { status: TestStatus; x: number; y: number }) {
  if (status === "failed") {
    return (
      <path
        d={`M${x - 4} ${y - 4}l8 8m0 -8l-8 8`}
        className="stroke-fail"
        strokeWidth={2.5}
        strokeLinecap="round"
        fill="none"
      />
    );
  }
  if (status === "flaky") return <path d={`M${x} ${y - 5}l5 9h-10z`} className={fills.flaky} />;
  if (status === "skipped") return <rect x={x - 3} y={y - 1} width={6} height={2} className={fills.skipped} />;
  return <circle cx={x} cy={y} r={3} className={fills.passed} />;
}
