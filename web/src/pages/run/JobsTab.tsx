// The jobs of an attempt in their panel.
import type { UseQueryResult } from "@tanstack/react-query";
import type { Attempt, Job, RunDetail } from "../../api/types";
import { type Outcome, outcomeOf } from "../../outcome";
import { EmptyState, ErrorState, Panel, Skeleton } from "../../ui";
import { CriticalPathNote, Waterfall, WaterfallLegend } from "./jobs/Waterfall";

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

/** The panel with the waterfall; `attempt` is set where an older attempt is looked at. */
export function JobsPanel({
  run,
  attempt,
  jobs,
}: {
  run: RunDetail;
  attempt: number | undefined;
  jobs: UseQueryResult<Job[]>;
}) {
  const shown: Attempt | RunDetail = run.attempts.find((one) => one.attempt === (attempt ?? run.attempt)) ?? run;
  const some = jobs.data && jobs.data.length > 0 ? jobs.data : null;
  return (
    <Panel
      title="Jobs"
      count={jobs.data?.length}
      note={some && <CriticalPathNote jobs={some} shown={shown} />}
      aside={some && <WaterfallLegend />}
    >
      {some ? (
        <Waterfall run={run} shown={shown} jobs={some} />
      ) : jobs.data ? (
        <EmptyState title="No jobs yet">
          {run.status === "completed"
            ? "GitHub has told of no job in this attempt."
            : "Jobs appear here as soon as GitHub tells of them."}
        </EmptyState>
      ) : jobs.error ? (
        <ErrorState title="The jobs could not be loaded" error={jobs.error} onRetry={() => jobs.refetch()} />
      ) : (
        <Skeleton rows={6} rowHeight={28} label="Loading jobs" />
      )}
    </Panel>
  );
}
