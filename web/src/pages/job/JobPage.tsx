// One job: its steps beside its log.
import { useQueries, useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { ScrollText } from "lucide-react";
import { lazy, type ReactNode, Suspense, useMemo } from "react";
import { ApiError, jobLogUrl, jobsQuery, type LineIndex, logIndexQuery, runQuery } from "../../api/client";
import type { Job, RunDetail } from "../../api/types";
import { type LogStep, StepRail } from "../../log/StepRail";
import { outcomeLabel } from "../../outcome";
import { idOf } from "../../search";
import { NotFound } from "../../shell/NotFound";
import { usePageTitle } from "../../shell/usePageTitle";
import { Duration, EmptyState, ErrorState, GitHubLink, Name, Panel, Skeleton, StatusIcon } from "../../ui";
import { elapsedMs, orderJobs } from "../run/JobsTab";
import { logStates } from "../run/verdict";

const route = getRouteApi("/runs/$runId/jobs/$jobId");
const LogView = lazy(async () => ({ default: (await import("../../log")).LogView }));

/** The job page. */
export function JobPage() {
  const params = route.useParams();
  const runId = idOf(params.runId);
  const jobId = idOf(params.jobId);
  return runId === null || jobId === null ? (
    <NotFound what="job" />
  ) : (
    <LoadedJob key={jobId} runId={runId} jobId={jobId} />
  );
}

function LoadedJob({ runId, jobId }: { runId: number; jobId: number }) {
  const { attempt } = route.useSearch();
  const run = useQuery(runQuery(runId));
  const first = useQuery(jobsQuery(runId, attempt));
  const inFirst = first.data?.find((job) => job.id === jobId);
  // A link may come without the attempt the job ran in: then every attempt is asked.
  const others = useQueries({
    queries: (run.data?.attempts ?? []).map((one) => ({
      ...jobsQuery(runId, one.attempt),
      enabled: first.isSuccess && inFirst === undefined,
    })),
  });
  const job = inFirst ?? others.flatMap((query) => query.data ?? []).find((one) => one.id === jobId);
  usePageTitle(job && `${job.name} · ${run.data?.title ?? ""}`);

  if (run.error instanceof ApiError && run.error.status === 404) return <NotFound what="run" />;
  const error = run.error ?? first.error;
  if (job && run.data) return <JobView run={run.data} job={job} siblings={first.data ?? []} />;
  const settled = first.isSuccess && run.isSuccess && others.every((query) => !query.isPending);
  if (settled) return <NotFound what="job" />;
  return (
    <>
      <h1 className="mb-3 text-xl font-semibold">Job</h1>
      <Panel title="Log">
        {error ? (
          <ErrorState
            title="The job could not be loaded"
            error={error}
            onRetry={() => {
              void run.refetch();
              void first.refetch();
            }}
          />
        ) : (
          <Skeleton rows={12} rowHeight={22} label="Loading the job" />
        )}
      </Panel>
    </>
  );
}

function JobView({ run, job, siblings }: { run: RunDetail; job: Job; siblings: Job[] }) {
  return (
    <div className="flex flex-col gap-3">
      <nav aria-label="Breadcrumb" className="truncate text-sm text-faint">
        <Link to="/workflows">Workflows</Link> /{" "}
        <Link to="/workflows/$workflowId" params={{ workflowId: String(run.workflowId) }}>
          <Name>{run.workflowName}</Name>
        </Link>{" "}
        /{" "}
        <Link
          to="/runs/$runId"
          params={{ runId: String(run.id) }}
          search={{ tab: "jobs", ...(job.attempt === run.attempt ? {} : { attempt: job.attempt }) }}
        >
          <Name>{run.title}</Name> #{run.runNumber}
        </Link>
      </nav>
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
        <StatusIcon of={job} size={20} />
        <h1 className="min-w-0 text-xl font-semibold break-words">
          <Name>{job.name}</Name>
        </h1>
        <span className="text-faint">
          {outcomeLabel(job)}
          {job.startedAt && job.completedAt && (
            <>
              {" in "}
              <Duration ms={elapsedMs(job.startedAt, job.completedAt)} />
            </>
          )}
          {job.runnerName && (
            <>
              {" on "}
              <Name>{job.runnerName}</Name>
            </>
          )}
          {run.attempts.length > 1 && `, attempt ${job.attempt}`}
        </span>
        <GitHubLink address={job.htmlUrl} repository={run.repository} className="ml-auto" />
      </div>
      <Log job={job} aside={siblings.length > 1 && <Siblings run={run} job={job} siblings={siblings} />} />
    </div>
  );
}

/** The other jobs of the attempt. */
function Siblings({ run, job, siblings }: { run: RunDetail; job: Job; siblings: Job[] }) {
  return (
    <nav aria-label="Jobs" className="border-t border-line py-1">
      <h2 className="px-3 py-1 text-xs font-semibold text-faint">Jobs</h2>
      <ul>
        {orderJobs(siblings).map((one) => (
          <li key={one.id}>
            <Link
              to="/runs/$runId/jobs/$jobId"
              params={{ runId: String(run.id), jobId: String(one.id) }}
              search={one.attempt === run.attempt ? {} : { attempt: one.attempt }}
              aria-current={one.id === job.id ? "page" : undefined}
              className="flex min-h-7 items-center gap-2 px-3 py-0.5 text-sm hover:bg-raised hover:no-underline aria-[current=page]:bg-selected aria-[current=page]:font-medium"
            >
              <StatusIcon of={one} size={14} />
              <span className="truncate">
                <Name>{one.name}</Name>
              </span>
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}

function Log({ job, aside }: { job: Job; aside: ReactNode }) {
  const { find } = route.useSearch();
  const isHere = job.log.state === "complete";
  const index = useQuery({ ...logIndexQuery(job.id), enabled: isHere });
  const steps = useMemo(() => stepsOf(job, index.data), [job, index.data]);
  if (!isHere) {
    return (
      <div className="grid gap-4 lg:grid-cols-[260px_minmax(0,1fr)]">
        <Panel title="Steps" count={job.steps.length}>
          <StepRail steps={steps} line={0} onStep={() => undefined} />
          {aside}
        </Panel>
        <Panel title="Log">
          <EmptyState icon={ScrollText} title={job.log.state === "unfinished" ? "No log yet" : "No log here"}>
            {job.log.reason ?? logStates[job.log.state] ?? `Its state is “${job.log.state}”`}.
          </EmptyState>
        </Panel>
      </div>
    );
  }
  return (
    <Suspense fallback={<Skeleton rows={16} rowHeight={22} label="Loading the log" />}>
      <LogView
        url={jobLogUrl(job.id)}
        label={job.name}
        kind="log"
        sizeBytes={job.log.sizeBytes}
        find={find}
        steps={steps}
        aside={aside}
      />
    </Suspense>
  );
}

/** The steps, with their lines once the server has told them. */
function stepsOf(job: Job, index: LineIndex | undefined): LogStep[] {
  const lines = new Map(index?.steps.map((step) => [step.number, step]));
  return job.steps.map(({ number, name, status, conclusion, startedAt, completedAt }) => ({
    number,
    name,
    status,
    conclusion: conclusion ?? null,
    durationMs: elapsedMs(startedAt, completedAt),
    firstLine: lines.get(number)?.firstLine ?? null,
    lastLine: lines.get(number)?.lastLine ?? null,
  }));
}
