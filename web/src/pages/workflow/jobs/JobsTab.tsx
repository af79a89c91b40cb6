// The jobs of a workflow over its newest runs: how reliable, how slow, how long they wait, and where runs wait for them.
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { ChevronRight, Workflow as JobsIcon } from "lucide-react";
import { workflowJobsQuery } from "../../../api/history";
import type { JobStats, StepStats, WorkflowJobs } from "../../../api/types";
import { formatCount, formatDuration, formatRate, plural } from "../../../format";
import { jobOrders, type WorkflowSearch } from "../../../search";
import { OutcomeStrip } from "../../../testing/OutcomeStrip";
import {
  type Column,
  Duration,
  EmptyState,
  ErrorState,
  Name,
  Panel,
  Skeleton,
  Table,
  Time,
  visibleName,
} from "../../../ui";
import { Choice } from "../../Choice";
import { trendParameters } from "../trends/TrendsTab";
import { WindowBar } from "../WindowBar";
import { type JobOrder, jobsSentence, sortJobs } from "./jobModel";

const route = getRouteApi("/workflows/$workflowId");
const orderWords: Record<JobOrder, string> = {
  failures: "Most failures",
  slowest: "Slowest",
  queue: "Longest queue",
  critical: "Runs wait for it",
};

/** The jobs of a workflow. */
export function JobsTab({ workflowId }: { workflowId: number }) {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const { data, error, isPending, isPlaceholderData, refetch } = useQuery(
    workflowJobsQuery(workflowId, trendParameters(search)),
  );
  const order = search.sort ?? "failures";
  return (
    <div className="flex flex-col gap-3">
      <WindowBar workflowId={workflowId}>
        <Choice<JobOrder>
          label="Sort"
          any={null}
          value={order}
          options={jobOrders.map((one) => [one, orderWords[one]])}
          onChange={(sort) =>
            navigate({
              search: (old) => ({ ...old, sort: sort === "failures" ? undefined : sort }) as never,
              replace: true,
              resetScroll: false,
            })
          }
        />
      </WindowBar>
      {data && data.jobs.length > 0 && (
        <p className="font-medium break-words">
          <Name>{jobsSentence(data)}</Name>
        </p>
      )}
      <Panel
        title="Jobs"
        count={data && formatCount(data.jobs.length)}
        aside={data && `the newest ${plural(data.runsRead, "run")}${data.isComplete ? "" : " of more in this time"}`}
      >
        {isPending ? (
          <Skeleton rows={8} rowHeight={52} label="Loading the jobs" />
        ) : !data ? (
          <ErrorState title="The jobs could not be loaded" error={error} onRetry={() => refetch()} />
        ) : data.jobs.length === 0 ? (
          <EmptyState icon={JobsIcon} title="No finished job in this time">
            Jobs appear once a run has ended and its details have been read. A longer time above may show some.
          </EmptyState>
        ) : (
          <div className={isPlaceholderData ? "opacity-60" : undefined}>
            <JobsTable data={data} order={order} open={search.job} />
          </div>
        )}
      </Panel>
    </div>
  );
}

const columns: Column[] = [
  { label: "Job" },
  { label: "Last results", from: "md" },
  { label: "Success", align: "right" },
  { label: "p50 / p95", align: "right" },
  { label: "Queue p50 / p95", align: "right", from: "md" },
  { label: "Runs wait for it", align: "right", from: "sm" },
  { label: "Failed last", align: "right", from: "lg" },
];

function JobsTable({ data, order, open }: { data: WorkflowJobs; order: JobOrder; open: string | undefined }) {
  const longest = Math.max(1, ...data.jobs.map((job) => job.p95Ms ?? 0));
  return (
    <Table columns={columns}>
      {sortJobs(data.jobs, order).map((job) => (
        <JobRows key={job.name} job={job} longestMs={longest} isOpen={job.name === open} />
      ))}
    </Table>
  );
}

function JobRows({ job, longestMs, isOpen }: { job: JobStats; longestMs: number; isOpen: boolean }) {
  return (
    <>
      <tr className="h-[52px] border-b border-line focus-within:bg-selected hover:bg-raised/60">
        <td className="max-w-[44ch] py-1.5 pr-3 pl-3">
          <Link
            to="."
            search={((old: WorkflowSearch) => ({ ...old, job: isOpen ? undefined : job.name })) as never}
            replace
            resetScroll={false}
            data-row
            aria-expanded={isOpen}
            className="inline-flex min-h-6 items-center gap-1.5 font-medium"
          >
            <ChevronRight aria-hidden size={14} className={isOpen ? "rotate-90 text-faint" : "text-faint"} />
            <span className="break-words">
              <Name>{job.name}</Name>
            </span>
          </Link>
        </td>
        <td className="px-3 max-md:hidden">
          <OutcomeStrip strip={job.strip} />
        </td>
        <td className="px-3 text-right whitespace-nowrap">
          <span className={job.failed > 0 ? "font-medium text-fail-text" : undefined}>
            {job.successRate === null ? "–" : formatRate(job.successRate)}
          </span>
          <div className="text-sm text-faint">
            {job.failed > 0 ? `${formatCount(job.failed)} of ${formatCount(job.runs)} failed` : plural(job.runs, "run")}
          </div>
        </td>
        <td className="px-3 text-right whitespace-nowrap">
          <Duration ms={job.p50Ms} /> <span className="text-faint">/ </span>
          <span className="text-muted">
            <Duration ms={job.p95Ms} />
          </span>
          <SpanBar p50Ms={job.p50Ms} p95Ms={job.p95Ms} longestMs={longestMs} />
        </td>
        <td className="px-3 text-right whitespace-nowrap text-muted max-md:hidden">
          <Duration ms={job.queueP50Ms} /> <span className="text-faint">/</span> <Duration ms={job.queueP95Ms} />
        </td>
        <td className="px-3 text-right max-sm:hidden" title="Share of its runs whose end waited for it">
          {job.criticalShare > 0 ? formatRate(job.criticalShare) : <span className="text-faint">never</span>}
        </td>
        <td className="pr-4 pl-3 text-right text-faint max-lg:hidden">
          {job.lastFailure ? (
            <Link
              to="/runs/$runId/jobs/$jobId"
              params={{ runId: String(job.lastFailure.runId), jobId: String(job.lastFailure.id) }}
            >
              <span className="sr-only">
                Log of {visibleName(job.name)} in #{job.lastFailure.runNumber}, its last failure,{" "}
              </span>
              <Time at={job.lastFailure.at} />
            </Link>
          ) : (
            "–"
          )}
        </td>
      </tr>
      {isOpen && (
        <tr className="border-b border-line bg-bg">
          <td colSpan={columns.length} className="px-4 py-3">
            <Steps job={job} />
          </td>
        </tr>
      )}
    </>
  );
}

/** The median as a bar, the 95th percentile as its thin end. */
function SpanBar({ p50Ms, p95Ms, longestMs }: { p50Ms: number | null; p95Ms: number | null; longestMs: number }) {
  const percent = (ms: number | null) => `${((ms ?? 0) / longestMs) * 100}%`;
  return (
    <span aria-hidden className="relative mt-0.5 ml-auto block h-1.5 w-28 overflow-hidden rounded-full bg-raised">
      <span className="absolute inset-y-0 left-0 bg-accent opacity-35" style={{ width: percent(p95Ms) }} />
      <span className="absolute inset-y-0 left-0 bg-accent" style={{ width: percent(p50Ms) }} />
    </span>
  );
}

function Steps({ job }: { job: JobStats }) {
  return (
    <div className="grid gap-x-8 gap-y-4 md:grid-cols-2">
      <StepList
        title="Slowest steps"
        steps={job.slowestSteps}
        empty="The steps of these jobs have no times."
        figure={(step) => `${formatDuration(step.p50Ms ?? 0)}, p95 ${formatDuration(step.p95Ms ?? 0)}`}
        part={(step) => (step.p50Ms ?? 0) / Math.max(1, job.slowestSteps[0]?.p50Ms ?? 1)}
        tone="bg-accent"
      />
      <StepList
        title="Steps that fail"
        steps={job.failingSteps}
        empty="No step failed."
        figure={(step) => `${formatCount(step.failed)} of ${formatCount(step.runs)}`}
        part={(step) => step.failed / Math.max(1, step.runs)}
        tone="bg-fail"
      />
      {job.lastFailure && (
        <p className="text-sm md:col-span-2">
          <Link
            to="/runs/$runId/jobs/$jobId"
            params={{ runId: String(job.lastFailure.runId), jobId: String(job.lastFailure.id) }}
            className="font-medium underline"
          >
            Log of the last failure, in #{job.lastFailure.runNumber}
          </Link>
        </p>
      )}
    </div>
  );
}

function StepList({
  title,
  steps,
  empty,
  figure,
  part,
  tone,
}: {
  title: string;
  steps: StepStats[];
  empty: string;
  figure: (step: StepStats) => string;
  part: (step: StepStats) => number;
  tone: string;
}) {
  return (
    <section>
      <h3 className="mb-1 text-sm font-semibold">{title}</h3>
      {steps.length === 0 ? (
        <p className="text-sm text-faint">{empty}</p>
      ) : (
        <ul className="flex flex-col gap-1.5">
          {steps.map((step) => (
            <li key={step.name}>
              <p className="flex justify-between gap-4 text-sm">
                <span className="min-w-0 truncate">
                  <Name>{step.name}</Name>
                </span>
                <span className="whitespace-nowrap text-muted">{figure(step)}</span>
              </p>
              <span aria-hidden className="block h-1 overflow-hidden rounded-full bg-raised">
                <span className={`block h-full ${tone}`} style={{ width: `${Math.min(1, part(step)) * 100}%` }} />
              </span>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
