// The history of one workflow, or of all: filters in the address, pages on demand.
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { ExternalLink as ExternalIcon, ListX } from "lucide-react";
import { ApiError, runsOf, runsQuery, syncQuery, workflowQuery } from "../../api/client";
import type { RunPage, Workflow } from "../../api/types";
import { formatCount, formatRate } from "../../format";
import { activeFilters, idOf, type RunsSearch, runsParameters } from "../../search";
import { NotFound } from "../../shell/NotFound";
import { RefreshButton } from "../../shell/RefreshButton";
import { usePageTitle } from "../../shell/usePageTitle";
import {
  Badge,
  Button,
  buttonClass,
  Duration,
  EmptyState,
  ErrorState,
  ExternalLink,
  Facts,
  Name,
  Panel,
  RunStrip,
  Skeleton,
} from "../../ui";
import { FilterBar } from "./FilterBar";
import { RunsTable } from "./RunsTable";

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
        <Link to="/">Workflows</Link>
      </nav>
      <WorkflowHeader workflow={workflow} />
      <Runs workflowId={id} search={search} to={`/workflows/${id}`} />
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
            ]}
          />
          <RunStrip runs={workflow.recentRuns} count={48} />
        </div>
      )}
    </div>
  );
}

function Runs({ workflowId, search, to }: { workflowId: number | null; search: RunsSearch; to: string }) {
  const navigate = useNavigate();
  const list = useInfiniteQuery(runsQuery(workflowId, runsParameters(search), search.cursor));
  const runs = runsOf(list.data?.pages);
  const total = totalText(list.data?.pages.at(-1));
  const change = (next: Partial<RunsSearch>) =>
    navigate({ to, search: { ...search, ...next, cursor: undefined } as never, replace: true });
  const branches = [
    ...new Set(runs.map((run) => run.branch).filter((branch): branch is string => Boolean(branch))),
  ].sort();
  return (
    <div className="flex flex-col gap-3">
      <FilterBar search={search} branches={branches} onChange={change} />
      <Panel
        title="Runs"
        count={total}
        aside={
          search.cursor && (
            <Button variant="quiet" onClick={() => change({})}>
              Back to the newest
            </Button>
          )
        }
      >
        {list.isPending ? (
          <Skeleton rows={10} rowHeight={52} label="Loading runs" />
        ) : list.isError && runs.length === 0 ? (
          <ErrorState title="The runs could not be loaded" error={list.error} onRetry={() => list.refetch()} />
        ) : runs.length === 0 ? (
          <NoRuns filtered={activeFilters(search).length > 0} />
        ) : (
          <div className={list.isPlaceholderData ? "opacity-60" : undefined}>
            <RunsTable runs={runs} showWorkflow={workflowId === null} />
          </div>
        )}
        {(list.hasNextPage || list.isFetchNextPageError) && (
          <div className="flex items-center justify-center gap-3 border-t border-line p-3">
            <Button onClick={() => list.fetchNextPage()} aria-disabled={list.isFetchingNextPage}>
              {list.isFetchingNextPage ? "Loading more" : list.isFetchNextPageError ? "Try again" : "Load more"}
            </Button>
            <span className="text-sm text-faint">
              {formatCount(runs.length)}
              {total && ` of ${total}`} shown
            </span>
          </div>
        )}
      </Panel>
    </div>
  );
}

/** The number of runs; counting stops somewhere above ten thousand, or where a search has not looked further. */
function totalText(page: RunPage | undefined): string | undefined {
  if (!page) return undefined;
  if (page.totalIsExact !== false) return formatCount(page.total);
  return page.total > 0 ? `more than ${formatCount(page.total - 1)}` : undefined;
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
