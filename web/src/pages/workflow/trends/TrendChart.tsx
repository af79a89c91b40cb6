// One chart over time: drawn in SVG that stretches, named in HTML that does not. It has the focus as a slider has it:
// arrow keys move the crosshair, Enter opens the runs of its bucket.
import { Triangle } from "lucide-react";
import { type KeyboardEvent, memo, type PointerEvent, useId } from "react";
import type { TrendChange, Trends } from "../../../api/types";
import {
  barsAt,
  bucketMoved,
  bucketName,
  bucketOf,
  type Chart,
  changeWords,
  figuresAt,
  isEmpty,
  type Line,
  pathOf,
} from "./trendModel";

const strokes: Record<Line["tone"], string> = {
  accent: "stroke-accent",
  pass: "stroke-pass",
  fail: "stroke-fail",
  flaky: "stroke-flaky",
  skip: "stroke-skip",
  running: "stroke-running",
};
const fills: Record<Line["tone"], string> = {
  accent: "fill-accent",
  pass: "fill-pass opacity-60",
  fail: "fill-fail",
  flaky: "fill-flaky",
  skip: "fill-skip",
  running: "fill-running",
};
const swatches: Record<Line["tone"], string> = {
  accent: "bg-accent",
  pass: "bg-pass",
  fail: "bg-fail",
  flaky: "bg-flaky",
  skip: "bg-skip",
  running: "bg-running",
};

/** The chart; `at` is the bucket of the crosshair that all charts share, null for none. */
export function TrendChart({
  chart,
  trends,
  at,
  onAt,
  onOpen,
}: {
  chart: Chart;
  trends: Trends;
  at: number | null;
  onAt: (at: number | null) => void;
  onOpen: (at: number) => void;
}) {
  const titleId = useId();
  const count = trends.t.length;
  const shown = at ?? count - 1;
  const nothing = isEmpty(chart);

  const onKey = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Enter") {
      event.preventDefault();
      onOpen(shown);
      return;
    }
    const next = bucketMoved(shown, count, event.key);
    if (next === null) return;
    event.preventDefault();
    onAt(next);
  };
  const under = (event: PointerEvent<HTMLElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    const place = Math.floor(((event.clientX - box.left) / Math.max(1, box.width)) * count);
    return Math.min(count - 1, Math.max(0, place));
  };

  return (
    <section aria-labelledby={titleId} className="min-w-0 rounded-lg border border-line bg-panel px-4 pt-3 pb-2">
      <header className="flex flex-wrap items-baseline justify-between gap-x-4">
        <h2 id={titleId} className="font-semibold">
          {chart.title}
        </h2>
        {!nothing && <Reading chart={chart} at={shown} />}
      </header>
      {nothing ? (
        <p className="flex h-36 items-center text-sm text-faint">{chart.empty}</p>
      ) : (
        <>
          <div
            role="slider"
            tabIndex={0}
            aria-labelledby={titleId}
            aria-valuemin={0}
            aria-valuemax={count - 1}
            aria-valuenow={shown}
            aria-valuetext={`${bucketName(trends, shown)}: ${figuresAt(chart, shown)}`}
            aria-keyshortcuts="ArrowLeft ArrowRight Enter"
            onKeyDown={onKey}
            onPointerMove={(event) => onAt(under(event))}
            onPointerLeave={() => onAt(null)}
            onClick={(event) => event.detail > 0 && onOpen(under(event as unknown as PointerEvent<HTMLElement>))}
            className="relative mt-2 h-32 cursor-pointer touch-pan-y"
          >
            <Drawing chart={chart} times={trends.t} />
            <Scale chart={chart} />
            {chart.marks && (
              <Marks changes={trends.changes.filter(({ kind }) => kind === chart.marks)} trends={trends} />
            )}
            {at !== null && <Crosshair chart={chart} at={at} count={count} />}
          </div>
          <p aria-hidden className="mt-1 flex justify-between text-xs text-faint">
            <span>{bucketName(trends, 0)}</span>
            <span className="max-sm:hidden">{bucketName(trends, Math.floor(count / 2))}</span>
            <span>{bucketName(trends, count - 1)}</span>
          </p>
        </>
      )}
    </section>
  );
}

/** The figures under the crosshair, or the newest ones, with what stands for what. */
function Reading({ chart, at }: { chart: Chart; at: number }) {
  return (
    <p aria-hidden className="flex flex-wrap gap-x-3 text-sm text-muted">
      {chart.lines.map((line) => {
        const value = line.values[at] ?? null;
        return (
          <span key={line.label} className="inline-flex items-center gap-1.5 whitespace-nowrap">
            <span
              className={
                chart.kind === "bars"
                  ? `size-2 rounded-[2px] ${swatches[line.tone]}`
                  : line.dashed
                    ? "h-0 w-3 border-t-2 border-dashed border-accent"
                    : `h-0.5 w-3 ${swatches[line.tone]}`
              }
            />
            {chart.lines.length > 1 && <span className="text-faint">{line.label}</span>}
            <span className="min-w-8 font-medium text-text">{value === null ? "–" : chart.format(value)}</span>
          </span>
        );
      })}
    </p>
  );
}

const Drawing = memo(function Drawing({ chart, times }: { chart: Chart; times: string[] }) {
  const count = times.length;
  return (
    <svg
      aria-hidden
      viewBox={`0 0 ${count} 100`}
      preserveAspectRatio="none"
      className="absolute inset-0 size-full overflow-visible"
    >
      {[0, 50, 100].map((y) => (
        <line
          key={y}
          x1={0}
          x2={count}
          y1={y}
          y2={y}
          vectorEffect="non-scaling-stroke"
          className="stroke-line"
          strokeWidth={1}
        />
      ))}
      {chart.kind === "bars" ? <Bars chart={chart} times={times} /> : <Lines chart={chart} />}
    </svg>
  );
});

function Lines({ chart }: { chart: Chart }) {
  return chart.lines.map((line) => (
    <path
      key={line.label}
      d={pathOf(line.values, chart.top)}
      vectorEffect="non-scaling-stroke"
      strokeWidth={line.dashed ? 1.5 : 2}
      strokeDasharray={line.dashed ? "4 3" : undefined}
      strokeLinecap="round"
      strokeLinejoin="round"
      fill="none"
      className={strokes[line.tone]}
    />
  ));
}

function Bars({ chart, times }: { chart: Chart; times: string[] }) {
  return times.flatMap((time, at) =>
    barsAt(chart, at).map(({ line, y, height }) => (
      <rect
        key={`${time} ${line.label}`}
        x={at + 0.12}
        y={y}
        width={0.76}
        height={height}
        className={fills[line.tone]}
      />
    )),
  );
}

function Scale({ chart }: { chart: Chart }) {
  return (
    <span aria-hidden className="pointer-events-none absolute top-0.5 left-0 bg-panel/80 pr-1 text-xs text-faint">
      {chart.format(chart.top)}
    </span>
  );
}

/** Where a figure changed at once. */
function Marks({ changes, trends }: { changes: TrendChange[]; trends: Trends }) {
  return changes.map((change) => {
    const at = bucketOf(trends, change.run.createdAt);
    const { title, figures, isWorse } = changeWords(change);
    return (
      at >= 0 && (
        <span
          key={`${change.kind} ${change.run.id}`}
          aria-hidden
          title={`${title}: ${figures}, since #${change.run.runNumber}`}
          className={`pointer-events-none absolute inset-y-0 border-l border-dashed ${isWorse ? "border-fail" : "border-pass"}`}
          style={{ left: `${(at / trends.t.length) * 100}%` }}
        >
          <Triangle
            size={9}
            className={`absolute -top-2.5 -left-[5px] fill-current ${isWorse ? "rotate-180 text-fail" : "text-pass"}`}
          />
        </span>
      )
    );
  });
}

function Crosshair({ chart, at, count }: { chart: Chart; at: number; count: number }) {
  const left = `${((at + 0.5) / count) * 100}%`;
  return (
    <>
      <span
        aria-hidden
        className="pointer-events-none absolute inset-y-0 border-l border-muted opacity-60"
        style={{ left }}
      />
      {chart.kind === "lines" &&
        chart.lines.map((line) => {
          const value = line.values[at] ?? null;
          return (
            value !== null && (
              <span
                key={line.label}
                aria-hidden
                className={`pointer-events-none absolute size-2 -translate-x-1/2 translate-y-1/2 rounded-full ring-2 ring-panel ${swatches[line.tone]}`}
                style={{ left, bottom: `${(Math.min(value, chart.top) / (chart.top || 1)) * 100}%` }}
              />
            )
          );
        })}
    </>
  );
}
