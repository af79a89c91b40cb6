// Jobs with their steps; failed ones first and open.
import type { UseQueryResult } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ScrollText } from "lucide-react";
import type { Job, RunDetail } from "../../api/types";
import { type Outcome, outcomeLabel, outcomeOf } from "../../outcome";
import { Bytes, buttonClass, Duration, EmptyState, ErrorState, Name, Panel, Skeleton, StatusIcon } from "../../ui";
import { logStates } from "./verdict";

const rank: Record<Outcome, number> = {
  fail: 0,
  attention: 1,
  running: 2,
  queued: 3,
  unknown: 4,
  cancelled: 5,
  pass: 6,
  skipped: 7,
};

/** Failed first, then what goes on; otherwise in GitHub's order. */
export function orderJobs(jobs: Job[]): Job[] {
  return [...jobs].sort((a, b) => rank[outcomeOf(a)] - rank[outcomeOf(b)]);
}

/** The time between two moments; null where one is not known. */
export function elapsedMs(startedAt: string | null, completedAt: string | null): number | null {
  return startedAt && completedAt ? new Date(completedAt).getTime() - new Date(startedAt).getTime() : null;
}

/** The jobs of the attempt looked at. */
export function JobsTab({ run, jobs }: { run: RunDetail; jobs: UseQueryResult<Job[]> }) {
  return (
    <Panel title="Jobs" count={jobs.data?.length}>
      <JobsBody run={run} jobs={jobs} />
    </Panel>
  );
}

/** The list without its panel; `only` narrows it. */
export function JobsBody({
  run,
  jobs,
  only,
}: {
  run: RunDetail;
  jobs: UseQueryResult<Job[]>;
  only?: (job: Job) => boolean;
}) {
  if (!jobs.data) {
    return jobs.error ? (
      <ErrorState title="The jobs could not be loaded" error={jobs.error} onRetry={() => jobs.refetch()} />
    ) : (
      <Skeleton rows={5} label="Loading jobs" />
    );
  }
  const shown = orderJobs(only ? jobs.data.filter(only) : jobs.data);
  if (shown.length === 0) {
    return (
      <EmptyState title="No jobs yet">
        {run.status === "completed"
          ? "GitHub has told of no job in this attempt."
          : "Jobs appear here as soon as GitHub tells of them."}
      </EmptyState>
    );
  }
  return (
    <ul>
      {shown.map((job) => (
        <JobItem key={job.id} run={run} job={job} />
      ))}
    </ul>
  );
}

function JobItem({ run, job }: { run: RunDetail; job: Job }) {
  const failed = outcomeOf(job) === "fail";
  const attempt = job.attempt === run.attempt ? {} : { attempt: job.attempt };
  return (
    <li className="border-b border-line last:border-b-0">
      <div className="flex min-h-10 flex-wrap items-center gap-x-3 gap-y-1 px-4 py-1.5 focus-within:bg-selected">
        <StatusIcon of={job} />
        <Link
          to="/runs/$runId/jobs/$jobId"
          params={{ runId: String(run.id), jobId: String(job.id) }}
          search={attempt}
          data-row
          className={failed ? "font-semibold" : "font-medium"}
        >
          <Name>{job.name}</Name>
        </Link>
        {job.runnerName && (
          <span className="text-sm text-faint max-sm:hidden">
            <Name>{job.runnerName}</Name>
          </span>
        )}
        <span className="ml-auto text-faint">
          <Duration ms={elapsedMs(job.startedAt, job.completedAt)} />
        </span>
        <LogLink run={run} job={job} attempt={attempt} />
      </div>
      {job.steps.length === 0 && <p className="px-4 pb-2 pl-[46px] text-sm text-faint">No steps</p>}
      <details open={failed} hidden={job.steps.length === 0} className="px-4 pb-2 pl-[46px]">
        <summary className="w-fit text-sm text-faint hover:text-text">
          {job.steps.length === 1 ? "1 step" : `${job.steps.length} steps`}
        </summary>
        <ol className="mt-1">
          {job.steps.map((step) => (
            <li key={step.number} className="flex h-7 items-center gap-2 text-sm">
              <StatusIcon of={step} size={14} />
              <span className={outcomeOf(step) === "fail" ? "font-medium text-fail-text" : "text-muted"}>
                <Name>{step.name}</Name>
              </span>
              {outcomeOf(step) === "fail" && <span className="sr-only">{outcomeLabel(step)}</span>}
              <span className="ml-auto text-faint">
                <Duration ms={elapsedMs(step.startedAt, step.completedAt)} />
              </span>
            </li>
          ))}
        </ol>
      </details>
    </li>
  );
}

function LogLink({ run, job, attempt }: { run: RunDetail; job: Job; attempt: { attempt?: number } }) {
  if (job.log.state === "complete") {
    return (
      <Link
        to="/runs/$runId/jobs/$jobId"
        params={{ runId: String(run.id), jobId: String(job.id) }}
        search={attempt}
        className={buttonClass()}
      >
        <ScrollText aria-hidden size={13} /> Log
        <span className="sr-only">of {job.name}</span>
        {job.log.sizeBytes !== null && (
          <span className="font-normal text-faint">
            <Bytes bytes={job.log.sizeBytes} />
          </span>
        )}
      </Link>
    );
  }
  return (
    <span className="text-sm text-faint" title={job.log.reason ?? logStates[job.log.state]}>
      {job.log.state === "unfinished" ? "log when it has ended" : `log ${job.log.state}`}
    </span>
  );
}
