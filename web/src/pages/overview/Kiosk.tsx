// The overview on a wall: large, dark by default, without controls, never scrolling. What does not fit takes turns.
import { TriangleAlert } from "lucide-react";
import { useEffect, useLayoutEffect, useRef, useState } from "react";
import type { Overview, OverviewWorkflow, SyncStatus } from "../../api/types";
import { useConnection } from "../../events";
import { formatDuration, formatRate, formatRelative, plural } from "../../format";
import { preference } from "../../preferences";
import { fullName, noveltyWords } from "../../testing/words";
import { Name, StatusIcon } from "../../ui";
import { roomOf, stalenessOf, turnOf } from "./kioskModel";
import { barsOf, figureOf, progressOf, stripSentence, verdictOf } from "./model";

const turnMs = 12_000;
/** Sizes in units of the wall's own text size. */
const card = { width: 27, height: 11.5, gap: 1 };

/** The wall screen. */
export default function Kiosk({
  overview,
  sync,
  hasFailed,
}: {
  overview: Overview | undefined;
  sync: SyncStatus | undefined;
  hasFailed: boolean;
}) {
  const now = useSecond();
  const stale = stalenessOf(sync, useConnection(), hasFailed, now);
  const repository = sync?.repositories.length === 1 ? sync.repositories[0] : "All repositories";
  return (
    <div
      data-theme={preference("theme") === "light" ? "light" : "dark"}
      className="fixed inset-0 z-50 flex flex-col gap-[1em] overflow-hidden bg-bg p-[1.2em] leading-[1.35] text-text"
      style={{ fontSize: "clamp(13px, 0.55vw + 0.75vh, 40px)" }}
    >
      {stale && (
        <p
          role="alert"
          className="flex shrink-0 items-center gap-[0.6em] rounded-lg bg-fail-soft px-[0.8em] py-[0.5em] text-[1.5em] font-semibold text-fail-text"
        >
          <TriangleAlert aria-hidden className="size-[1.1em]" />
          {stale}
          {sync?.lastSyncAt && ` · last checked ${formatRelative(sync.lastSyncAt, now)}`}
        </p>
      )}
      <header className="flex shrink-0 items-center gap-[1em]">
        <img src="/icon.svg" alt="" className="size-[2.4em]" />
        <div className="min-w-0">
          <h1 className="truncate text-[1.8em] leading-tight font-semibold">
            <Name>{repository ?? "Overview"}</Name>
          </h1>
          <p className="truncate text-muted">{overview ? verdictOf(overview) : "Loading"}</p>
        </div>
        <div className="ml-auto shrink-0 text-right">
          <time className="block text-[2.4em] leading-none font-semibold">{clock.format(now)}</time>
          <span className="text-faint">
            {sync?.lastSyncAt ? `checked ${formatRelative(sync.lastSyncAt, now)}` : "never checked"}
          </span>
        </div>
      </header>
      {overview && <Figures overview={overview} />}
      {overview && <Cards overview={overview} now={now} />}
    </div>
  );
}

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });

/** The present moment, every second. */
function useSecond(): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  return now;
}

function Figures({ overview }: { overview: Overview }) {
  return (
    <dl className="flex shrink-0 overflow-hidden rounded-lg border border-line bg-panel max-md:hidden">
      {overview.metrics.map((metric) => {
        const figure = figureOf(metric, overview.windowDays);
        return (
          <div key={metric.key} className="min-w-0 flex-1 border-r border-line px-[1em] py-[0.6em] last:border-r-0">
            <dt className="truncate text-muted">{figure.label}</dt>
            <dd
              className={`truncate text-[1.9em] leading-tight font-semibold ${figure.tone === "fail" ? "text-fail-text" : ""}`}
            >
              {figure.value}
              {figure.suffix && <span className="ml-[0.3em] text-[0.6em] font-normal text-muted">{figure.suffix}</span>}
            </dd>
          </div>
        );
      })}
    </dl>
  );
}

function Cards({ overview, now }: { overview: Overview; now: number }) {
  const ground = useRef<HTMLUListElement>(null);
  const [room, setRoom] = useState({ columns: 1, rows: 1 });
  const [begin] = useState(now);
  useLayoutEffect(() => {
    const element = ground.current;
    if (!element) return;
    const measure = () => {
      const em = Number.parseFloat(getComputedStyle(element).fontSize);
      const size = {
        width: Math.min(card.width * em, element.clientWidth),
        height: card.height * em,
        gap: card.gap * em,
      };
      setRoom(roomOf(element.clientWidth, element.clientHeight, size));
    };
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    measure();
    return () => observer.disconnect();
  }, []);
  const { shown, page, pages } = turnOf(
    overview.workflows,
    room.columns * room.rows,
    Math.floor((now - begin) / turnMs),
  );
  return (
    <>
      <ul
        ref={ground}
        className="grid min-h-0 flex-1 content-start gap-[1em] overflow-hidden"
        style={{
          gridTemplateColumns: `repeat(${room.columns}, minmax(0, 1fr))`,
          gridAutoRows: `minmax(${card.height}em, 1fr)`,
        }}
      >
        {shown.map((workflow) => (
          <Card key={workflow.id} workflow={workflow} now={now} />
        ))}
      </ul>
      {pages > 1 && (
        <p className="shrink-0 text-right text-faint">
          {page} of {pages} · {plural(overview.workflows.length, "workflow")}
        </p>
      )}
    </>
  );
}

function Card({ workflow, now }: { workflow: OverviewWorkflow; now: number }) {
  const { standing, latest, failingSince, successRate, p50DurationMs, topFailures, otherFailures } = workflow;
  const isFailing = standing === "failing";
  const progress = progressOf(workflow, now);
  const [test] = topFailures;
  const [other] = otherFailures;
  const status = isFailing
    ? { status: "completed", conclusion: "failure" }
    : standing === "running"
      ? { status: "in_progress", conclusion: null }
      : { status: "completed", conclusion: "success" };
  return (
    <li
      className={`flex min-h-0 min-w-0 flex-col overflow-hidden rounded-lg border px-[1em] py-[0.8em] ${isFailing ? "border-fail bg-fail-soft" : "border-line bg-panel"}`}
    >
      <div className="flex items-center gap-[0.6em]">
        <StatusIcon of={status} size={24} />
        <h2 className="min-w-0 truncate text-[1.3em] font-semibold">
          <Name>{workflow.name}</Name>
        </h2>
        <span className="ml-auto shrink-0 text-[1.2em] font-semibold">
          {successRate === null ? "–" : formatRate(successRate)}
        </span>
      </div>
      <p className={`truncate ${isFailing ? "text-fail-text" : "text-muted"}`}>
        {failingSince
          ? `${failingSince.isLonger ? "at least " : ""}${plural(failingSince.streak, "failed run")} since #${failingSince.run.runNumber} by ${failingSince.run.commitAuthor || "somebody"}`
          : progress !== null
            ? `running, ${Math.round(progress * 100)}% of p50`
            : workflow.running && latest && latest.status !== "in_progress"
              ? latest.status.replaceAll("_", " ")
              : latest
                ? `#${latest.runNumber} ${formatRelative(latest.createdAt, now)}${p50DurationMs ? ` · p50 ${formatDuration(p50DurationMs)}` : ""}`
                : "no run"}
      </p>
      <p className="min-h-[1.35em] truncate font-mono text-[0.9em] text-muted">
        {test ? (
          <>
            {test.novelty && <span className="mr-[0.5em] font-semibold">{noveltyWords[test.novelty].label}</span>}
            <Name>{fullName(test)}</Name>
          </>
        ) : (
          other && <Name>{other.message ?? other.jobName}</Name>
        )}
      </p>
      <Bars workflow={workflow} />
    </li>
  );
}

const fills: Record<string, string> = { P: "fill-pass opacity-60", L: "fill-flaky", F: "fill-fail", R: "fill-running" };

function Bars({ workflow }: { workflow: OverviewWorkflow }) {
  const bars = barsOf(workflow.strip);
  const first = 48 - bars.length;
  return (
    <svg
      role="img"
      aria-label={stripSentence(workflow.strip.outcomes)}
      viewBox="0 0 334 40"
      preserveAspectRatio="none"
      className="mt-auto block max-h-[5em] min-h-0 w-full flex-1"
    >
      {bars.map((bar, at) => (
        <g key={bar.id} className={fills[bar.letter] ?? "fill-skip"}>
          <rect x={(first + at) * 7} y={34 - bar.height * 34} width={5} height={bar.height * 34} />
          {bar.letter === "F" && <rect x={(first + at) * 7} y={36} width={5} height={4} />}
        </g>
      ))}
    </svg>
  );
}
