// The history of one workflow, or of all: filters in the address, pages on demand.
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { ExternalLink as ExternalIcon, ListX } from "lucide-react";
import { lazy, type ReactNode, Suspense } from "react";
import { ApiError, runsOf, runsQuery, syncQuery, workflowQuery } from "../../api/client";
import type { RunRef, Since, Workflow } from "../../api/types";
import { formatCount, formatRate, plural } from "../../format";
import { activeFilters, idOf, type RunsSearch, runsParameters } from "../../search";
import { NotFound } from "../../shell/NotFound";
import { RefreshButton } from "../../shell/RefreshButton";
import { usePageTitle } from "../../shell/usePageTitle";
import { TestCounts } from "../../testing/badges";
import {
  Badge,
  Button,
  buttonClass,
  Duration,
  EmptyState,
  ExternalLink,
  Facts,
  Name,
  RunStrip,
  Skeleton,
  Tabs,
} from "../../ui";
import { PagedPanel } from "../PagedPanel";
import { FilterBar } from "./FilterBar";
import { RunsTable } from "./RunsTable";

// Half of the readers never open the grid.
const GridTab = lazy(async () => ({ default: (await import("../workflow/GridTab")).GridTab }));
const allRoute = getRouteApi("/runs");
const workflowRoute = getRouteApi("/workflows/$workflowId");

/** Every run of every workflow. */
export function AllRunsPage() {
  usePageTitle("Runs");
  return (
    <>
      <h1 className="mb-3 text-xl font-semibold">Runs</h1>
      <Runs workflowId={null} search={allRoute.useSearch()} to="/runs" />
    </>
  );
}

/** The runs of one workflow, below its figures. */
export function WorkflowPage() {
  const id = idOf(workflowRoute.useParams().workflowId);
  return id === null ? <NotFound what="workflow" /> : <WorkflowHistory key={id} id={id} />;
}

function WorkflowHistory({ id }: { id: number }) {
  const search = workflowRoute.useSearch();
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
          active={search.view ?? "runs"}
          tabs={[
            { id: "runs", label: "Runs" },
            { id: "grid", label: "Tests × runs" },
          ]}
          // Words looked for among runs mean nothing among tests, and the other way round.
          search={(view) => ({
            view: view === "runs" ? undefined : view,
            q: undefined,
            cursor: undefined,
            before: undefined,
            cell: undefined,
          })}
        />
        {search.view === "grid" ? (
          <Suspense fallback={<Skeleton rows={16} rowHeight={24} label="Loading the grid" />}>
            <GridTab workflowId={id} />
          </Suspense>
        ) : (
          <Runs workflowId={id} search={search} to={`/workflows/${id}`} />
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
        {workflow && workflow.state !== "active" && <Badge>{workflow.state.replaceAll("_", " ")}</Badge>}
        {workflow?.htmlUrl && (
          <ExternalLink href={workflow.htmlUrl} className={`${buttonClass()} ml-auto`}>
            GitHub <ExternalIcon aria-hidden size={13} />
          </ExternalLink>
        )}
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

function Runs({ workflowId, search, to }: { workflowId: number | null; search: RunsSearch; to: string }) {
  const navigate = useNavigate();
  const list = useInfiniteQuery(runsQuery(workflowId, runsParameters(search), search.cursor));
  const runs = runsOf(list.data?.pages);
  const change = (next: Partial<RunsSearch>) =>
    navigate({ to, search: { ...search, ...next, cursor: undefined } as never, replace: true });
  const branches = [
    ...new Set(runs.map((run) => run.branch).filter((branch): branch is string => Boolean(branch))),
  ].sort();
  return (
    <div className="flex flex-col gap-3">
      <FilterBar search={search} branches={branches} onChange={change} />
      <PagedPanel
        title="Runs"
        aside={
          search.cursor && (
            <Button variant="quiet" onClick={() => change({})}>
              Back to the newest
            </Button>
          )
        }
        list={list}
        items="runs"
        rowHeight={52}
        shown={runs.length}
        empty={<NoRuns filtered={activeFilters(search).length > 0} />}
      >
        <RunsTable runs={runs} showWorkflow={workflowId === null} />
      </PagedPanel>
    </div>
  );
}

function NoRuns({ filtered }: { filtered: boolean }) {
  const { data: sync } = useQuery(syncQuery());
  if (filtered) {
    return (
      <EmptyState icon={ListX} title="No run matches these filters">
        Clear a filter above to see more.
      </EmptyState>
    );
  }
  if (sync?.state === "initial" || sync?.state === "refreshing") {
    return <EmptyState title="No runs yet">They are being read from GitHub and appear here by themselves.</EmptyState>;
  }
  return (
    <EmptyState title="No runs yet" action={<RefreshButton />}>
      GitHub has told of no run in the time that is mirrored.
    </EmptyState>
  );
}
