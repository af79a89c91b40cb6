// One workflow: its figures, and its views: runs, trends, tests × runs, jobs.
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { lazy, type ReactNode, Suspense } from "react";
import { ApiError, workflowQuery } from "../../api/client";
import type { RunRef, Since, Workflow } from "../../api/types";
import { formatCount, formatRate, plural } from "../../format";
import { idOf, type WorkflowView } from "../../search";
import { NotFound } from "../../shell/NotFound";
import { usePageTitle } from "../../shell/usePageTitle";
import { TestCounts } from "../../testing/badges";
import { Badge, Duration, Facts, GitHubLink, Name, RunStrip, Skeleton, Tabs, visibleName } from "../../ui";
import { Runs } from "../runs/RunsPage";

// Each view is loaded when it is opened.
const GridTab = lazy(async () => ({ default: (await import("./GridTab")).GridTab }));
const TrendsTab = lazy(async () => ({ default: (await import("./trends/TrendsTab")).TrendsTab }));
const JobsTab = lazy(async () => ({ default: (await import("./jobs/JobsTab")).JobsTab }));
const workflowRoute = getRouteApi("/workflows/$workflowId");

/** The runs of one workflow, below its figures. */
export function WorkflowPage() {
  const id = idOf(workflowRoute.useParams().workflowId);
  return id === null ? <NotFound what="workflow" /> : <WorkflowHistory key={id} id={id} />;
}

const views: { id: WorkflowView; label: string }[] = [
  { id: "runs", label: "Runs" },
  { id: "trends", label: "Trends" },
  { id: "grid", label: "Tests × runs" },
  { id: "jobs", label: "Jobs" },
];

/** What one view says of itself in the address, and another cannot use. */
const forgotten = Object.fromEntries(
  ["q", "cursor", "pick", "from", "to", "before", "cell", "pin", "as", "sort", "job"].map((name) => [name, undefined]),
);

function WorkflowHistory({ id }: { id: number }) {
  const search = workflowRoute.useSearch();
  const view = search.view ?? "runs";
  const { data: workflow, error } = useQuery(workflowQuery(id));
  usePageTitle(workflow?.name);
  if (error instanceof ApiError && error.status === 404) return <NotFound what="workflow" />;
  return (
    <>
      <nav aria-label="Breadcrumb" className="text-sm text-faint">
        <Link to="/workflows">Workflows</Link>
      </nav>
      <WorkflowHeader workflow={workflow} />
      <div className="flex flex-col gap-4">
        <Tabs
          label="Views of this workflow"
          active={view}
          tabs={views}
          // Words looked for among runs mean nothing among tests, and the other way round.
          search={(next) => ({
            view: next === "runs" ? undefined : next,
            ...forgotten,
          })}
        />
        {view === "runs" ? (
          <Runs workflowId={id} search={search} to={`/workflows/${id}`} />
        ) : (
          <Suspense fallback={<Skeleton rows={16} rowHeight={24} label="Loading the view" />}>
            {view === "grid" && <GridTab workflowId={id} />}
            {view === "trends" && <TrendsTab workflowId={id} />}
            {view === "jobs" && <JobsTab workflowId={id} />}
          </Suspense>
        )}
      </div>
    </>
  );
}

function WorkflowHeader({ workflow }: { workflow: Workflow | undefined }) {
  const stats = workflow?.stats;
  return (
    <div className="mb-4 flex min-h-20 flex-col gap-3">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <h1 className="text-xl font-semibold">{workflow ? <Name>{workflow.name}</Name> : "Workflow"}</h1>
        {workflow && (
          <span className="font-mono text-xs text-faint">
            <Name>{workflow.path}</Name>
          </span>
        )}
        {workflow && workflow.state !== "active" && <Badge>{visibleName(workflow.state.replaceAll("_", " "))}</Badge>}
        {workflow && <GitHubLink address={workflow.htmlUrl} repository={workflow.repository} className="ml-auto" />}
      </div>
      {workflow && stats && (
        <div className="flex flex-wrap items-end justify-between gap-x-8 gap-y-3">
          <Facts
            facts={[
              ["Success rate", stats.successRate === null ? "–" : formatRate(stats.successRate)],
              [`Runs in ${stats.windowDays} days`, formatCount(stats.totalRuns)],
              ["Failed", formatCount(stats.failed)],
              ["Average", <Duration key="average" ms={stats.averageDurationMs} />],
              ["p50", <Duration key="p50" ms={stats.p50DurationMs} />],
              ["p95", <Duration key="p95" ms={stats.p95DurationMs} />],
              ...(workflow.summary.tests.state === "none"
                ? []
                : [["Tests", <TestCounts key="tests" totals={workflow.summary.tests} />] as [string, ReactNode]]),
            ]}
          />
          <RunStrip runs={workflow.recentRuns} count={48} />
        </div>
      )}
      {workflow?.summary.failingSince && <FailingSince since={workflow.summary.failingSince} />}
    </div>
  );
}

function FailingSince({ since }: { since: Since }) {
  const { firstRed, lastGreen, commits, inconclusive } = since;
  return (
    <p className="rounded-lg border border-l-[3px] border-line border-l-fail bg-panel px-4 py-2 break-words">
      <span className="font-medium">Failing on the default branch</span>
      {firstRed && (
        <>
          {" since "}
          <RunNumber run={firstRed} /> (<span className="font-mono text-xs">{firstRed.headSha.slice(0, 7)}</span>
          {firstRed.commitAuthor && (
            <>
              {" by "}
              <Name>{firstRed.commitAuthor}</Name>
            </>
          )}
          )
        </>
      )}
      {lastGreen && (
        <>
          , last green <RunNumber run={lastGreen} />
        </>
      )}
      {commits.length > 0 && !inconclusive && `, ${plural(commits.length, "commit")} suspected`}.{" "}
      <span className="text-muted">
        <Name>{since.reason}</Name>
      </span>
    </p>
  );
}

function RunNumber({ run }: { run: RunRef }) {
  return (
    <Link to="/runs/$runId" params={{ runId: String(run.id) }} className="underline">
      #{run.runNumber}
    </Link>
  );
}
