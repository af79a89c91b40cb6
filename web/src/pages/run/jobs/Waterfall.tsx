// The jobs of an attempt along a time axis: waiting hatched, steps as parts, failures solid, the critical path
// underlined. Each job opens into the list of its steps, which says everything the bars show.
import { getRouteApi, Link } from "@tanstack/react-router";
import clsx from "clsx";
import { ChevronRight } from "lucide-react";
import { type ReactNode, useState } from "react";
import type { Attempt, Job, RunDetail } from "../../../api/types";
import { formatDuration } from "../../../format";
import { type Outcome, outcomeLabel } from "../../../outcome";
import { Duration, Name, StatusIcon, useNow, visibleName } from "../../../ui";
import { JobSteps } from "./JobSteps";
import { stepHash } from "./stepHash";
import {
  groupRows,
  type JobGroup,
  type JobRow,
  type Span,
  type StepSpan,
  tickLabel,
  ticksOf,
  waterfallOf,
  worstOf,
} from "./waterfall";

const route = getRouteApi("/runs/$runId");
const columns = "sm:grid-cols-[minmax(120px,220px)_minmax(0,1fr)_64px]";

interface Drawn {
  run: RunDetail;
  lengthMs: number;
  onPath: ReadonlySet<number>;
}

/** The chain of jobs that took longest, for the head of the panel. */
export function CriticalPathNote({ jobs, shown }: { jobs: Job[]; shown: Attempt | RunDetail }) {
  const now = useNow();
  const path = waterfallOf(jobs, shown.startedAt, now).path;
  if (!path || jobs.length < 2) return null;
  const names = path.jobs.map((job) => visibleName(job.name));
  const told = names.length > 4 ? [...names.slice(0, 2), "…", ...names.slice(-1)] : names;
  return (
    <span
      className="min-w-0 text-sm text-muted"
      title="Of all chains of jobs in which each began after the one before had ended, the one that ran longest. It follows from the times: which job needs which is not in GitHub's API."
    >
      critical path <bdi className="text-text">{visibleName(told.join(" → "))}</bdi>, {formatDuration(path.totalMs)}
    </span>
  );
}

/** What the hatching and the line under a bar mean. */
export function WaterfallLegend() {
  return (
    <span aria-hidden className="flex items-center gap-3 text-sm text-faint max-sm:hidden">
      <span className="flex items-center gap-1.5">
        <span className="hatched h-2.5 w-4 rounded-sm border border-line" /> queued
      </span>
      <span className="flex items-center gap-1.5">
        <span className="h-2.5 w-4 rounded-sm bg-pass opacity-70" /> steps
      </span>
      <span className="flex items-center gap-1.5">
        <span className="h-0.5 w-4 bg-accent" /> critical path
      </span>
    </span>
  );
}

/** The rows; `shown` is the attempt they belong to. */
export function Waterfall({ run, shown, jobs }: { run: RunDetail; shown: Attempt | RunDetail; jobs: Job[] }) {
  const now = useNow();
  const fall = waterfallOf(jobs, shown.startedAt, now);
  const groups = groupRows(fall.rows);
  const drawn: Drawn = { run, lengthMs: fall.lengthMs, onPath: new Set(fall.path?.jobs.map((job) => job.id)) };
  const few = fall.rows.length <= 24;
  return (
    <div className="relative pb-2">
      <Axis lengthMs={fall.lengthMs} />
      <div className="relative">
        <Lines lengthMs={fall.lengthMs} />
        <ul aria-label="Jobs by start" className="relative">
          {groups.map((group) =>
            group.rows.length === 1 && group.rows[0] ? (
              <JobItem key={group.rows[0].job.id} row={group.rows[0]} drawn={drawn} />
            ) : (
              <GroupItem key={group.name} group={group} drawn={drawn} isOpenAtFirst={few} />
            ),
          )}
        </ul>
      </div>
    </div>
  );
}

function Axis({ lengthMs }: { lengthMs: number }) {
  return (
    <div aria-hidden className={`grid h-7 gap-x-3 px-4 max-sm:hidden ${columns}`}>
      <span />
      <span className="relative">
        {ticksOf(lengthMs).map((tick) => (
          <span key={tick} className="absolute top-1.5 h-full" style={{ left: `${(tick / lengthMs) * 100}%` }}>
            <span className={clsx("text-xs whitespace-nowrap text-faint", tick > 0 && "-translate-x-1/2 inline-block")}>
              {tickLabel(tick)}
            </span>
          </span>
        ))}
      </span>
      <span className="pt-1.5 text-right text-xs text-faint">took</span>
    </div>
  );
}

/** The vertical lines behind the bars. */
function Lines({ lengthMs }: { lengthMs: number }) {
  return (
    <div aria-hidden className={`absolute inset-y-0 right-0 left-0 grid gap-x-3 px-4 max-sm:hidden ${columns}`}>
      <span />
      <span className="relative">
        {ticksOf(lengthMs).map((tick) => (
          <span
            key={tick}
            className="absolute inset-y-0 w-px bg-line"
            style={{ left: `${(tick / lengthMs) * 100}%` }}
          />
        ))}
      </span>
    </div>
  );
}

function GroupItem({ group, drawn, isOpenAtFirst }: { group: JobGroup; drawn: Drawn; isOpenAtFirst: boolean }) {
  const bad = worstOf(group.rows);
  const failed = group.rows.filter((row) => row.outcome === "fail").length;
  const [isOpen, setIsOpen] = useState(isOpenAtFirst || failed > 0);
  const spans = group.rows.flatMap((row) => (row.bar ? [row.bar] : []));
  const whole: Span | null =
    spans.length > 0
      ? { startMs: Math.min(...spans.map((one) => one.startMs)), endMs: Math.max(...spans.map((one) => one.endMs)) }
      : null;
  return (
    <li>
      <div className={`grid items-center gap-x-3 px-4 py-1 hover:bg-raised/60 ${columns}`}>
        <button
          type="button"
          aria-expanded={isOpen}
          onClick={() => setIsOpen(!isOpen)}
          className="flex min-h-6 min-w-0 items-center gap-1.5 text-left"
        >
          <ChevronRight
            aria-hidden
            size={13}
            className={clsx("-ml-1 shrink-0 text-faint transition-transform", isOpen && "rotate-90")}
          />
          {bad && <StatusIcon of={bad.job} size={15} />}
          <span className="truncate font-medium">
            <Name>{group.name}</Name>
          </span>
          <span className="shrink-0 text-sm text-faint">
            {group.rows.length} jobs{failed > 0 && `, ${failed} failed`}
          </span>
        </button>
        <span className={clsx("relative h-4 max-sm:mt-1", isOpen && "max-sm:hidden")}>
          {whole && !isOpen && (
            <span
              className={clsx("absolute top-1 h-2 rounded-sm", failed > 0 ? "bg-fail" : "bg-pass opacity-50")}
              style={place(whole, drawn.lengthMs)}
            />
          )}
        </span>
        <span className="text-right text-sm text-faint max-sm:hidden">
          {whole && formatDuration(whole.endMs - whole.startMs)}
        </span>
      </div>
      {isOpen && (
        <ul aria-label={visibleName(group.name)}>
          {group.rows.map((row) => (
            <JobItem key={row.job.id} row={row} drawn={drawn} isInGroup />
          ))}
        </ul>
      )}
    </li>
  );
}

function place(span: Span, lengthMs: number): { left: string; width: string } {
  return {
    left: `${(span.startMs / lengthMs) * 100}%`,
    width: `max(2px, ${((span.endMs - span.startMs) / lengthMs) * 100}%)`,
  };
}

/** When a job waited, ran and how, in words. */
function rowSentence(row: JobRow, isOnPath: boolean): string {
  const parts = [outcomeLabel(row.job)];
  if (row.isKept) parts.push("kept from an earlier attempt");
  if (row.queue) parts.push(`queued ${formatDuration(row.queue.endMs - row.queue.startMs)}`);
  if (row.bar) {
    parts.push(
      `began after ${formatDuration(row.bar.startMs)}`,
      `took ${formatDuration(row.bar.endMs - row.bar.startMs)}`,
    );
  }
  if (isOnPath) parts.push("on the critical path");
  return parts.join(", ");
}

function JobItem({ row, drawn, isInGroup = false }: { row: JobRow; drawn: Drawn; isInGroup?: boolean }) {
  const { job } = row;
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const isOpen = search.job === job.id;
  const isOnPath = drawn.onPath.has(job.id);
  const sentence = rowSentence(row, isOnPath);
  const attempt = job.attempt === drawn.run.attempt ? {} : { attempt: job.attempt };
  const toggle = () =>
    void navigate({
      search: (previous) => ({ ...previous, job: isOpen ? undefined : job.id }) as never,
      replace: true,
      resetScroll: false,
    });
  return (
    <li className={clsx(isOpen && "bg-raised/40")}>
      <div className={`grid items-center gap-x-3 px-4 py-0.5 focus-within:bg-selected hover:bg-raised/60 ${columns}`}>
        <span className={clsx("flex min-h-6 min-w-0 items-center gap-1.5", isInGroup && "pl-4")}>
          <button
            type="button"
            aria-expanded={isOpen}
            aria-label={`Steps of ${visibleName(job.name)}`}
            onClick={toggle}
            className="-ml-1.5 inline-flex size-6 shrink-0 items-center justify-center rounded text-faint hover:text-text"
          >
            <ChevronRight aria-hidden size={13} className={clsx("transition-transform", isOpen && "rotate-90")} />
          </button>
          <StatusIcon of={job} size={15} />
          <Link
            to="/runs/$runId/jobs/$jobId"
            params={{ runId: String(drawn.run.id), jobId: String(job.id) }}
            search={attempt}
            data-row
            title={`${visibleName(job.name)}: ${sentence}`}
            className={clsx("truncate", row.outcome === "fail" ? "font-semibold" : "")}
          >
            <Name>{job.name}</Name>
          </Link>
          <span className="sr-only">{sentence}</span>
          <span className="ml-auto text-sm text-faint sm:hidden">{row.bar && <Took bar={row.bar} />}</span>
        </span>
        <Bars row={row} drawn={drawn} isOnPath={isOnPath} attempt={attempt} />
        <span className="text-right text-sm text-muted max-sm:hidden">
          {row.bar ? <Took bar={row.bar} /> : <span className="text-faint">–</span>}
        </span>
      </div>
      {isOpen && <JobSteps run={drawn.run} row={row} attempt={attempt} />}
    </li>
  );
}

function Took({ bar }: { bar: Span }) {
  return <Duration ms={bar.endMs - bar.startMs} />;
}

const barLooks: Record<Outcome, string> = {
  pass: "bg-pass",
  fail: "bg-fail",
  running: "bg-running",
  queued: "bg-skip",
  cancelled: "bg-skip",
  skipped: "bg-skip",
  attention: "bg-flaky",
  unknown: "bg-skip",
};

/** Everything here is said in the row and in the list of steps; for the mouse it is a shortcut. */
function Bars({
  row,
  drawn,
  isOnPath,
  attempt,
}: {
  row: JobRow;
  drawn: Drawn;
  isOnPath: boolean;
  attempt: { attempt?: number };
}) {
  const { lengthMs } = drawn;
  let note: ReactNode = null;
  if (row.isKept) note = "kept from an earlier attempt";
  else if (!row.bar && !row.queue) note = outcomeLabel(row.job);
  const longest = Math.max(0, ...row.steps.map((step) => step.endMs - step.startMs));
  return (
    <span aria-hidden className="relative block h-4 max-sm:mb-1">
      {note && <span className="absolute left-1.5 text-xs leading-4 text-faint">{note}</span>}
      {row.queue && (
        <span
          className="hatched absolute top-1 h-2 rounded-l-sm border border-r-0 border-line"
          style={place(row.queue, lengthMs)}
          title={`Queued ${formatDuration(row.queue.endMs - row.queue.startMs)}`}
        />
      )}
      {row.bar && (
        <span
          className={clsx(
            "absolute top-0.5 h-3 rounded-sm",
            row.steps.length > 0 ? "bg-skip opacity-30" : `${barLooks[row.outcome]} opacity-70`,
          )}
          style={place(row.bar, lengthMs)}
        />
      )}
      {row.steps.map((step) => (
        <StepBar key={step.step.number} step={step} row={row} drawn={drawn} longest={longest} attempt={attempt} />
      ))}
      {row.bar && isOnPath && (
        <span className="absolute -bottom-0.5 h-0.5 bg-accent" style={place(row.bar, lengthMs)} />
      )}
    </span>
  );
}

function StepBar({
  step,
  row,
  drawn,
  longest,
  attempt,
}: {
  step: StepSpan;
  row: JobRow;
  drawn: Drawn;
  longest: number;
  attempt: { attempt?: number };
}) {
  const took = step.endMs - step.startMs;
  if (took === 0 && step.outcome !== "fail") return null;
  const isSolid = step.outcome === "fail" || step.outcome === "running";
  return (
    <Link
      to="/runs/$runId/jobs/$jobId"
      params={{ runId: String(drawn.run.id), jobId: String(row.job.id) }}
      search={attempt}
      hash={stepHash(step.step)}
      tabIndex={-1}
      title={`${visibleName(step.step.name)}: ${outcomeLabel(step.step)}, ${formatDuration(took)}`}
      className={clsx(
        "absolute top-0.5 h-3 border-r border-panel hover:brightness-110",
        barLooks[step.outcome],
        isSolid ? "" : took === longest ? "opacity-70" : "opacity-40",
      )}
      style={place(step, drawn.lengthMs)}
    />
  );
}
