// One job: its steps beside its log.
import { useQueries, useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { ExternalLink as ExternalIcon, ScrollText } from "lucide-react";
import { lazy, Suspense } from "react";
import { ApiError, jobLogUrl, jobsQuery, runQuery } from "../../api/client";
import type { Job, RunDetail } from "../../api/types";
import { outcomeLabel, outcomeOf } from "../../outcome";
import { idOf } from "../../search";
import { NotFound } from "../../shell/NotFound";
import { usePageTitle } from "../../shell/usePageTitle";
import {
  buttonClass,
  Duration,
  EmptyState,
  ErrorState,
  ExternalLink,
  Name,
  Panel,
  Skeleton,
  StatusIcon,
} from "../../ui";
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
        {job.htmlUrl && (
          <ExternalLink href={job.htmlUrl} className={`${buttonClass()} ml-auto`}>
            GitHub <ExternalIcon aria-hidden size={13} />
          </ExternalLink>
        )}
      </div>
      <div className="grid gap-4 lg:grid-cols-[260px_minmax(0,1fr)]">
        <aside className="flex flex-col gap-4 max-lg:hidden" aria-label="Steps and jobs">
          <Panel title="Steps" count={job.steps.length}>
            <Steps job={job} />
          </Panel>
          {siblings.length > 1 && (
            <Panel title="Jobs" count={siblings.length}>
              <ul className="max-h-80 overflow-y-auto py-1">
                {orderJobs(siblings).map((one) => (
                  <li key={one.id}>
                    <Link
                      to="/runs/$runId/jobs/$jobId"
                      params={{ runId: String(run.id), jobId: String(one.id) }}
                      search={one.attempt === run.attempt ? {} : { attempt: one.attempt }}
                      aria-current={one.id === job.id ? "page" : undefined}
                      className="flex h-8 items-center gap-2 px-4 text-sm hover:bg-raised hover:no-underline aria-[current=page]:bg-selected aria-[current=page]:font-medium"
                    >
                      <StatusIcon of={one} size={14} />
                      <span className="truncate">
                        <Name>{one.name}</Name>
                      </span>
                    </Link>
                  </li>
                ))}
              </ul>
            </Panel>
          )}
        </aside>
        <Log job={job} />
      </div>
    </div>
  );
}

function Steps({ job }: { job: Job }) {
  if (job.steps.length === 0) return <p className="px-4 py-3 text-faint">No step has run.</p>;
  return (
    <ol className="max-h-[50vh] overflow-y-auto py-1">
      {job.steps.map((step) => (
        <li key={step.number} className="flex min-h-7 items-center gap-2 px-4 py-0.5 text-sm">
          <StatusIcon of={step} size={14} />
          <span
            className={`min-w-0 break-words ${outcomeOf(step) === "fail" ? "font-medium text-fail-text" : "text-muted"}`}
          >
            <Name>{step.name}</Name>
          </span>
          <span className="ml-auto text-faint">
            <Duration ms={elapsedMs(step.startedAt, step.completedAt)} />
          </span>
        </li>
      ))}
    </ol>
  );
}

function Log({ job }: { job: Job }) {
  const { find } = route.useSearch();
  if (job.log.state !== "complete") {
    return (
      <Panel title="Log">
        <EmptyState icon={ScrollText} title={job.log.state === "unfinished" ? "No log yet" : "No log here"}>
          {job.log.reason ?? logStates[job.log.state] ?? `Its state is “${job.log.state}”`}.
        </EmptyState>
      </Panel>
    );
  }
  return (
    <Suspense fallback={<Skeleton rows={16} rowHeight={22} label="Loading the log" />}>
      <LogView url={jobLogUrl(job.id)} label={job.name} kind="log" sizeBytes={job.log.sizeBytes} find={find} />
    </Suspense>
  );
}
