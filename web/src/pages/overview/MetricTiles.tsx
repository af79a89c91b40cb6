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
    <ul className="mb-4 grid grid-cols-2 gap-px overflow-hidden rounded-lg border border-line bg-line sm:grid-cols-3 xl:grid-cols-5">
      {overview.metrics.map((metric) => (
        <Tile
          key={metric.key}
          figure={figureOf(metric, overview.windowDays, newToday)}
          values={metric.spark as (number | null)[]}
        />
      ))}
      {/* Keeps the ground even where the tiles do not fill their last row. */}
      <li aria-hidden className="bg-panel xl:hidden" />
    </ul>
  );
}

function Tile({ figure, values }: { figure: Figure; values: (number | null)[] }) {
  return (
    <li className="flex min-w-0 items-end justify-between gap-2 bg-panel px-4 py-3">
      <div className="min-w-0">
        <div className="text-sm text-muted">{figure.label}</div>
        <div className="mt-0.5">
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
        </div>
      </div>
      <span className="shrink-0 pb-0.5 max-sm:hidden">
        <Sparkline values={values} tone={figure.tone} label={figure.curve} />
      </span>
    </li>
  );
}
