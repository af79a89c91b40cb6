// Every workflow, failing first, with its last run and its history in one line.
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { CircleSlash, FolderSync } from "lucide-react";
import { syncQuery, workflowsQuery } from "../../api/client";
import type { SyncStatus, Workflow } from "../../api/types";
import { formatRate } from "../../format";
import { outcomeOf } from "../../outcome";
import { RefreshButton } from "../../shell/RefreshButton";
import { usePageTitle } from "../../shell/usePageTitle";
import { TestCounts } from "../../testing/badges";
import {
  Badge,
  type Column,
  Duration,
  EmptyState,
  ErrorState,
  Name,
  Panel,
  RunStrip,
  Skeleton,
  StatusIcon,
  Table,
  Time,
  visibleName,
} from "../../ui";
import { SearchField } from "../SearchField";

const route = getRouteApi("/workflows");

/** The three groups of the list, each kept in the server's order. */
export function groupWorkflows(workflows: Workflow[]): {
  failing: Workflow[];
  others: Workflow[];
  disabled: Workflow[];
} {
  const disabled = workflows.filter((workflow) => workflow.state !== "active");
  const active = workflows.filter((workflow) => workflow.state === "active");
  const fails = (workflow: Workflow) => {
    const settled = workflow.recentRuns.find((run) => run.status === "completed");
    const last = workflow.latestRun;
    return (
      (last && outcomeOf(last) === "fail") ||
      (last?.status !== "completed" && settled !== undefined && outcomeOf(settled) === "fail")
    );
  };
  return { failing: active.filter(fails), others: active.filter((workflow) => !fails(workflow)), disabled };
}

/** The workflow list. */
export function WorkflowsPage() {
  usePageTitle("Workflows");
  const { q = "" } = route.useSearch();
  const navigate = route.useNavigate();
  const { data: workflows, error, refetch } = useQuery(workflowsQuery());
  const { data: sync } = useQuery(syncQuery());
  const shown = workflows?.filter((workflow) =>
    `${workflow.name} ${workflow.path} ${workflow.repository}`.toLowerCase().includes(q.toLowerCase()),
  );
  return (
    <>
      <div className="mb-3 flex flex-wrap items-center gap-3">
        <h1 className="text-xl font-semibold">Workflows</h1>
        {workflows && workflows.length > 0 && (
          <SearchField
            label="Filter workflows"
            value={q}
            onChange={(value) => navigate({ search: value ? { q: value } : {}, replace: true })}
          />
        )}
      </div>
      {error && !workflows ? (
        <Panel title="Workflows">
          <ErrorState title="The workflows could not be loaded" error={error} onRetry={() => refetch()} />
        </Panel>
      ) : !workflows || !shown ? (
        <Panel title="Workflows">
          <Skeleton rows={8} rowHeight={56} label="Loading workflows" />
        </Panel>
      ) : workflows.length === 0 ? (
        <NoWorkflows sync={sync} />
      ) : shown.length === 0 ? (
        <EmptyState icon={CircleSlash} title={`No workflow matches “${q}”`} />
      ) : (
        <Groups workflows={shown} />
      )}
    </>
  );
}

function NoWorkflows({ sync }: { sync: SyncStatus | undefined }) {
  if (sync?.state === "initial" || sync?.state === "refreshing") {
    return (
      <Panel title="Workflows">
        <EmptyState icon={FolderSync} title="Reading the repository">
          The first workflows appear here in a moment, by themselves.
        </EmptyState>
      </Panel>
    );
  }
  return (
    <Panel title="Workflows">
      <EmptyState icon={FolderSync} title="Nothing mirrored yet" action={<RefreshButton />}>
        {sync?.lastSyncAt
          ? "GitHub was asked and knows no workflow in this repository."
          : "Greenroom has not read the repository yet. Press Refresh to start now."}
      </EmptyState>
    </Panel>
  );
}

function Groups({ workflows }: { workflows: Workflow[] }) {
  const { failing, others, disabled } = groupWorkflows(workflows);
  const several = new Set(workflows.map((workflow) => workflow.repository)).size > 1;
  return (
    <div className="flex flex-col gap-4">
      {failing.length > 0 && (
        <WorkflowTable title="Needs attention" tone="fail" workflows={failing} several={several} />
      )}
      {others.length > 0 && <WorkflowTable title="Not failing" workflows={others} several={several} />}
      {disabled.length > 0 && <WorkflowTable title="Disabled" workflows={disabled} several={several} dimmed />}
    </div>
  );
}

const columns: Column[] = [
  { label: "Workflow and last run" },
  { label: "Last runs, height is duration", from: "md", width: "w-[242px]" },
  { label: "Success", align: "right", width: "w-28" },
  { label: "Average", align: "right", from: "sm", width: "w-24" },
  { label: "p50 / p95", align: "right", from: "lg", width: "w-28" },
  { label: "Last run", align: "right", width: "w-24" },
];

function WorkflowTable({
  title,
  tone,
  workflows,
  several,
  dimmed = false,
}: {
  title: string;
  tone?: "fail";
  workflows: Workflow[];
  several: boolean;
  dimmed?: boolean;
}) {
  const windowDays = workflows[0]?.stats.windowDays;
  return (
    <Panel
      title={title}
      count={workflows.length}
      {...(tone ? { tone } : {})}
      aside={windowDays && `Figures of the last ${windowDays} days`}
    >
      <Table columns={columns} className="lg:table-fixed">
        {workflows.map((workflow) => (
          <WorkflowRow
            key={workflow.id}
            workflow={workflow}
            several={several}
            failing={tone === "fail"}
            dimmed={dimmed}
          />
        ))}
      </Table>
    </Panel>
  );
}

function WorkflowRow({
  workflow,
  several,
  failing,
  dimmed,
}: {
  workflow: Workflow;
  several: boolean;
  failing: boolean;
  dimmed: boolean;
}) {
  const { stats, latestRun: last } = workflow;
  const quiet = dimmed ? "text-faint" : "";
  return (
    <tr
      className={`h-14 border-b border-line last:border-b-0 focus-within:bg-selected hover:bg-raised/60 ${quiet} ${failing ? "shadow-[inset_3px_0_0_var(--fail)]" : ""}`}
    >
      <td className="py-2 pr-3 pl-4">
        <div className="flex items-center gap-3">
          {last ? (
            <StatusIcon of={last} />
          ) : (
            <CircleSlash aria-label="never ran" role="img" size={18} className="text-faint" />
          )}
          <div className="min-w-0">
            <div className="flex flex-wrap items-baseline gap-x-2">
              <Link
                to="/workflows/$workflowId"
                params={{ workflowId: String(workflow.id) }}
                data-row
                className="text-[14px] leading-6 font-medium"
              >
                <Name>{workflow.name}</Name>
              </Link>
              <span className="font-mono text-xs text-faint">
                <Name>{workflow.path.replace(/^\.github\/workflows\//, "")}</Name>
              </span>
              {several && <span className="text-sm text-faint">{workflow.repository}</span>}
              {workflow.state !== "active" && <Badge>{visibleName(workflow.state.replaceAll("_", " "))}</Badge>}
            </div>
            <LastRun workflow={workflow} />
          </div>
        </div>
      </td>
      <td className="px-3 max-md:hidden">
        <RunStrip runs={workflow.recentRuns} />
      </td>
      <td className="px-3 text-right whitespace-nowrap">
        <span className="font-medium">{stats.successRate === null ? "–" : formatRate(stats.successRate)}</span>
        <div className="text-sm text-faint">of {stats.totalRuns} runs</div>
      </td>
      <td className="px-3 text-right font-medium max-sm:hidden">
        <Duration ms={stats.averageDurationMs} />
      </td>
      <td className="px-3 text-right max-lg:hidden">
        <Duration ms={stats.p50DurationMs} />
        <div className="text-sm text-faint">
          {stats.p95DurationMs !== null && "p95 "}
          <Duration ms={stats.p95DurationMs} />
        </div>
      </td>
      <td className="py-2 pr-4 pl-3 text-right text-faint">{last ? <Time at={last.createdAt} /> : "never"}</td>
    </tr>
  );
}

function LastRun({ workflow }: { workflow: Workflow }) {
  const last = workflow.latestRun;
  if (!last) return <div className="text-sm text-faint">No run in the mirror yet</div>;
  return (
    <div className="flex max-w-[52vw] flex-wrap items-baseline gap-x-2 text-sm text-faint md:max-w-[72ch]">
      <Link to="/runs/$runId" params={{ runId: String(last.id) }} className="truncate leading-6 text-muted">
        #{last.runNumber} <Name>{last.title}</Name>
      </Link>
      {last.branch && (
        <span className="max-w-[20ch] shrink-0 truncate max-sm:hidden">
          <Name>{last.branch}</Name>
        </span>
      )}
      <span className="shrink-0 font-mono text-xs max-sm:hidden">{last.headSha.slice(0, 7)}</span>
      {workflow.summary.tests.state !== "none" && (
        <span className="flex min-w-0 flex-wrap items-baseline gap-x-1.5">
          {workflow.summary.testsRunId !== last.id && <span className="max-sm:sr-only">tests of an earlier run:</span>}
          <TestCounts totals={workflow.summary.tests} />
        </span>
      )}
    </div>
  );
}
