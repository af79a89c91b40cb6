// The five figures on top, each with its past and how it compares.
import type { Overview } from "../../api/types";
import { type Figure, failingSinceToday, figureOf } from "./model";
import { Sparkline } from "./Sparkline";

const trends = { better: "text-pass-text", worse: "text-fail-text", same: "text-faint" };
const trendWords = { better: "better", worse: "worse", same: "as before" };

/** How a figure has changed, as an arrow, a number and a colour. */
export function Change({ change }: { change: NonNullable<Figure["change"]> }) {
  return (
    <span className={`font-medium whitespace-nowrap ${trends[change.trend]}`}>
      <span aria-hidden>{change.arrow === "up" ? "▲" : "▼"} </span>
      <span className="sr-only">{`${change.arrow} (${trendWords[change.trend]}) by `}</span>
      {change.text}
    </span>
  );
}

/** The tiles. */
export function MetricTiles({ overview }: { overview: Overview }) {
  const newToday = failingSinceToday(overview).length;
  return (
    <dl className="mb-4 grid grid-cols-2 gap-px overflow-hidden rounded-lg border border-line bg-line sm:grid-cols-3 xl:grid-cols-5">
      {overview.metrics.map((metric) => (
        <Tile
          key={metric.key}
          figure={figureOf(metric, overview.windowDays, newToday)}
          values={metric.spark as (number | null)[]}
        />
      ))}
    </dl>
  );
}

function Tile({ figure, values }: { figure: Figure; values: (number | null)[] }) {
  return (
    <div className="grid min-w-0 grid-cols-[minmax(0,1fr)_auto] items-end gap-x-2 bg-panel px-4 py-3 max-xl:last:col-span-2">
      <dt className="col-start-1 text-sm text-muted">{figure.label}</dt>
      <dd className="col-start-1 mt-0.5">
        <span className={`text-[22px] leading-7 font-semibold ${figure.tone === "fail" ? "text-fail-text" : ""}`}>
          {figure.value}
        </span>
        {figure.suffix && <span className="ml-1.5 text-[15px] text-muted">{figure.suffix}</span>}
        <div className="text-sm text-faint">
          {figure.change && (
            <>
              <Change change={figure.change} />{" "}
            </>
          )}
          {figure.note}
        </div>
      </dd>
      <dd className="col-start-2 row-span-2 row-start-1 self-end pb-0.5 max-sm:hidden">
        <Sparkline values={values} tone={figure.tone} label={figure.curve} />
      </dd>
    </div>
  );
}
