// Workflows as rows: those that fail with why and since when, the others in one line each.
import { Link } from "@tanstack/react-router";
import { Pin } from "lucide-react";
import type { OverviewWorkflow } from "../../api/types";
import { formatDuration, formatRate, plural } from "../../format";
import { fullName, noveltyWords } from "../../testing/words";
import { Badge, Duration, Name, StatusIcon, Time, useNow, visibleName } from "../../ui";
import { Change } from "./MetricTiles";
import { points, progressOf } from "./model";
import { togglePin } from "./pins";
import { WorkflowStrip } from "./WorkflowStrip";

const columns =
  "grid grid-cols-[18px_minmax(0,1fr)_auto] items-center gap-x-3 px-4 md:grid-cols-[18px_minmax(0,1fr)_84px_64px] lg:grid-cols-[18px_minmax(0,1fr)_334px_72px_100px_64px]";

/** The names of the columns. */
export function ColumnNames() {
  return (
    <div
      aria-hidden
      className={`${columns} min-h-9 border-b border-line bg-raised/60 text-sm text-faint max-lg:hidden`}
    >
      <span className="col-start-3" title="Drag over bars, or press Shift and click two, to compare runs">
        Last 48 runs, height is duration
      </span>
      <span className="text-right">Success</span>
      <span className="text-right">p50 / p95</span>
      <span className="text-right">Last run</span>
    </div>
  );
}

/** What a row needs besides its workflow. */
export interface RowProps {
  workflow: OverviewWorkflow;
  isPinned: boolean;
  /** Several repositories are shown. */
  several: boolean;
  /** The branch asked for is not the one shown. */
  elsewhere: boolean;
}

/** A workflow that fails. */
export function FailingRow(props: RowProps) {
  const { workflow } = props;
  return (
    <li
      className={`${columns} group relative border-b border-line py-3 last:border-b-0 focus-within:bg-selected/50 hover:bg-raised/50 shadow-[inset_3px_0_0_var(--fail)]`}
    >
      <StatusIcon of={{ status: "completed", conclusion: "failure" }} />
      <div className="min-w-0">
        <Title {...props} />
        <Since workflow={workflow} />
        <Failures workflow={workflow} />
      </div>
      <Figures workflow={workflow} height={36} />
    </li>
  );
}

/** A workflow that does not fail. */
export function HealthyRow(props: RowProps & { dimmed?: boolean }) {
  const { workflow, dimmed = false } = props;
  return (
    <li
      className={`${columns} group relative min-h-12 border-b border-line py-1.5 last:border-b-0 focus-within:bg-selected/50 hover:bg-raised/50 ${dimmed ? "text-faint" : ""}`}
    >
      <Standing workflow={workflow} />
      <Title {...props} />
      <Figures workflow={workflow} height={20} />
    </li>
  );
}

function Standing({ workflow }: { workflow: OverviewWorkflow }) {
  const { standing, latest } = workflow;
  if (standing === "running" && latest) return <StatusIcon of={{ status: latest.status, conclusion: null }} />;
  if (standing === "passing") return <StatusIcon of={{ status: "completed", conclusion: "success" }} />;
  if (standing === "flaky") {
    return (
      <span
        role="img"
        aria-label="passed, flaky"
        title="Its last run passed only on a later attempt, or with flaky tests"
        className="inline-flex size-[18px] items-center justify-center rounded-full bg-flaky-soft text-xs font-bold text-flaky-text"
      >
        ~
      </span>
    );
  }
  return <StatusIcon of={latest ?? { status: "completed", conclusion: "skipped" }} />;
}

function Title({ workflow, isPinned, several, elsewhere }: RowProps) {
  return (
    <div className="flex min-w-0 flex-wrap items-center gap-x-2 gap-y-0.5">
      <Link
        to="/workflows/$workflowId"
        params={{ workflowId: String(workflow.id) }}
        data-row
        className="min-w-0 truncate text-[14px] leading-6 font-medium"
      >
        <Name>{workflow.name}</Name>
      </Link>
      <span className="min-w-0 truncate font-mono text-xs text-faint">
        <Name>{workflow.path.replace(/^\.github\/workflows\//, "")}</Name>
      </span>
      {several && (
        <span className="min-w-0 truncate text-sm text-faint">
          <Name>{workflow.repository}</Name>
        </span>
      )}
      {elsewhere && workflow.branch === null && (
        <Badge title="It has no runs on the default branch, so its runs on all branches are shown">all branches</Badge>
      )}
      {workflow.standing === "disabled" && <Badge>{visibleName(workflow.state.replaceAll("_", " "))}</Badge>}
      <Progress workflow={workflow} />
      <button
        type="button"
        aria-pressed={isPinned}
        aria-label={`Keep ${visibleName(workflow.name)} on top`}
        title={isPinned ? "Kept on top; press to let it go" : "Keep on top"}
        onClick={() => togglePin(workflow.id)}
        className={`-my-1 -mr-6 -ml-1.5 inline-flex size-6 shrink-0 items-center justify-center rounded-md hover:bg-raised ${
          isPinned
            ? "text-accent"
            : "text-faint opacity-0 group-focus-within:opacity-100 group-hover:opacity-100 focus-visible:opacity-100 pointer-coarse:opacity-60"
        }`}
      >
        <Pin aria-hidden size={13} fill={isPinned ? "currentColor" : "none"} />
      </button>
    </div>
  );
}

function Progress({ workflow }: { workflow: OverviewWorkflow }) {
  const now = useNow();
  const { running, latest } = workflow;
  if (!running) return null;
  const share = progressOf(workflow, now);
  const jobs = running.jobs > 0 ? `${running.jobsDone} of ${running.jobs} jobs done` : "The jobs are not known yet";
  const far =
    share === null
      ? ""
      : share > 1
        ? ` · ${Math.round(share * 100 - 100)}% over p50`
        : ` · ${Math.round(share * 100)}% of p50`;
  const word =
    latest?.status === "in_progress"
      ? `running${far}`
      : latest?.status === "waiting"
        ? "waiting for approval"
        : "queued";
  return (
    <Link to="/runs/$runId" params={{ runId: String(running.runId) }} className="inline-flex min-h-6 items-center">
      <Badge tone="running" title={jobs}>
        {word}
      </Badge>
    </Link>
  );
}

function Since({ workflow }: { workflow: OverviewWorkflow }) {
  const since = workflow.failingSince;
  if (!since) return null;
  const { run, streak, isLonger } = since;
  return (
    <p className="mt-0.5 line-clamp-2 break-words text-muted">
      Failing since{" "}
      <Link
        to="/runs/$runId"
        params={{ runId: String(run.id) }}
        title={visibleName(run.commitMessage)}
        className="underline decoration-dotted underline-offset-2"
      >
        #{run.runNumber}
      </Link>
      {" · "}
      {isLonger ? "at least " : ""}
      {plural(streak, "run")}
      {streak > 1 && " in a row"}
      {" · "}
      <span className="font-mono text-xs">{run.headSha.slice(0, 7)}</span>
      {run.commitAuthor && (
        <span className="whitespace-nowrap">
          {" by "}
          <span className="inline-block max-w-[20ch] truncate align-bottom">
            <Name>{run.commitAuthor}</Name>
          </span>
        </span>
      )}
      , <Time at={run.createdAt} />
    </p>
  );
}

function Failures({ workflow }: { workflow: OverviewWorkflow }) {
  const { topFailures, otherFailures, failedTests } = workflow;
  const more = failedTests - topFailures.length;
  if (topFailures.length === 0 && otherFailures.length === 0) return null;
  return (
    <ul className="mt-1 flex flex-col gap-0.5">
      {topFailures.map((test) => (
        <li key={test.testId} className="flex min-w-0 items-center gap-2">
          {test.novelty && (
            <Badge
              tone={noveltyWords[test.novelty].tone}
              title={`${noveltyWords[test.novelty].meaning}. Failed in ${plural(test.count, "run")} of these`}
            >
              {noveltyWords[test.novelty].label}
              {test.count > 1 && ` ×${test.count}`}
            </Badge>
          )}
          <Link
            to="/tests/$testId"
            params={{ testId: String(test.testId) }}
            className="min-w-0 truncate font-mono text-xs leading-6 text-muted"
          >
            <Name>{fullName(test)}</Name>
          </Link>
        </li>
      ))}
      {otherFailures.map((failure) => (
        <li key={failure.jobId} className="flex min-w-0 items-center gap-2">
          <Badge>job</Badge>
          <span className="min-w-0 truncate font-mono text-xs text-muted">
            <Name>{failure.message ? `${failure.jobName}: ${failure.message}` : failure.jobName}</Name>
          </span>
        </li>
      ))}
      {more > 0 && topFailures.length > 0 && (
        <li className="text-sm text-faint">and {plural(more, "more failed test", "more failed tests")}</li>
      )}
    </ul>
  );
}

function Figures({ workflow, height }: { workflow: OverviewWorkflow; height: number }) {
  const { successRate, successDelta, latest } = workflow;
  const isChanged = successDelta !== null && Math.abs(successDelta) >= 0.0005;
  return (
    <>
      <div className="max-lg:hidden">
        <WorkflowStrip workflow={workflow} height={height} />
      </div>
      <div className="text-right max-md:hidden">
        <span className="sr-only">Success </span>
        <span className="font-medium">{successRate === null ? "–" : formatRate(successRate)}</span>
        <div className="text-sm text-faint">
          {isChanged ? (
            <Change
              change={{
                text: points(successDelta).replace(" pt", ""),
                arrow: successDelta > 0 ? "up" : "down",
                trend: successDelta > 0 ? "better" : "worse",
              }}
            />
          ) : (
            successDelta !== null && "±0"
          )}
        </div>
      </div>
      <div className="text-right max-lg:hidden">
        <span className="sr-only">Median </span>
        <span className="font-medium">
          <Duration ms={workflow.p50DurationMs} />
        </span>
        {workflow.p95DurationMs !== null && (
          <div className="text-sm whitespace-nowrap text-faint">p95 {formatDuration(workflow.p95DurationMs)}</div>
        )}
      </div>
      <div className="text-right text-faint">
        <span className="sr-only">Last run </span>
        {latest ? <Time at={latest.createdAt} /> : "never"}
      </div>
    </>
  );
}
