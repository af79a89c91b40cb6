// Runs as rows.
import { Link } from "@tanstack/react-router";
import { GitBranch } from "lucide-react";
import type { Run } from "../../api/types";
import { TestCounts } from "../../testing/badges";
import { Badge, type Column, Duration, Name, StatusIcon, Table, Time } from "../../ui";
import { FileCounts } from "./FileCounts";
import { ProcessingBadge } from "./ProcessingBadge";

const columns: Column[] = [
  { label: "Run" },
  { label: "Branch and commit" },
  { label: "Event" },
  { label: "Tests" },
  { label: "Files" },
  { label: "Mirror" },
  { label: "Duration", align: "right" },
  { label: "Age", align: "right" },
];

/** The table; `showWorkflow` where the rows belong to several workflows, `picked` the runs that are selected. */
export function RunsTable({
  runs,
  showWorkflow,
  picked = [],
  onPick,
}: {
  runs: Run[];
  showWorkflow: boolean;
  picked?: number[];
  onPick?: (id: number) => void;
}) {
  const several = new Set(runs.map((run) => run.repository)).size > 1;
  return (
    <Table columns={columns}>
      {runs.map((run) => (
        <RunRow
          key={run.id}
          run={run}
          showWorkflow={showWorkflow}
          showRepository={several}
          isPicked={picked.includes(run.id)}
          onPick={onPick}
        />
      ))}
    </Table>
  );
}

function RunRow({
  run,
  showWorkflow,
  showRepository,
  isPicked,
  onPick,
}: {
  run: Run;
  showWorkflow: boolean;
  showRepository: boolean;
  isPicked: boolean;
  onPick: ((id: number) => void) | undefined;
}) {
  return (
    <tr
      data-run={run.id}
      className={`h-[52px] border-b border-line last:border-b-0 focus-within:bg-selected hover:bg-raised/60 ${isPicked ? "bg-selected" : ""}`}
    >
      <td className="py-1.5 pr-3 pl-4">
        <div className="flex items-center gap-3">
          {onPick && (
            <label className="-my-1.5 -ml-2 -mr-1 inline-flex size-6 shrink-0 items-center justify-center max-sm:hidden">
              <input
                type="checkbox"
                checked={isPicked}
                onChange={() => onPick(run.id)}
                aria-label={`Select run #${run.runNumber} to compare`}
                title="Select to compare (x)"
                className="accent-(--accent)"
              />
            </label>
          )}
          <StatusIcon of={run} />
          <div className="min-w-0">
            <div className="flex max-w-[52ch] min-w-44">
              <Link
                to="/runs/$runId"
                params={{ runId: String(run.id) }}
                data-row
                className="min-w-0 truncate leading-6 font-medium"
              >
                <Name>{run.title || "(no title)"}</Name>
              </Link>
            </div>
            <div className="flex flex-wrap items-center gap-x-2 text-sm text-faint">
              {showWorkflow && (
                <Link to="/workflows/$workflowId" params={{ workflowId: String(run.workflowId) }} className="leading-6">
                  <Name>{run.workflowName}</Name>
                </Link>
              )}
              <span>#{run.runNumber}</span>
              {run.attempt > 1 && <Badge>attempt {run.attempt}</Badge>}
              {showRepository && <span>{run.repository}</span>}
              {run.fork && (
                <Badge tone="flaky" title="The commit is in a fork: what it made is less trusted">
                  fork
                </Badge>
              )}
              {run.deletedUpstream && (
                <Badge title="GitHub no longer has this run; the copy here stays">deleted on GitHub</Badge>
              )}
            </div>
          </div>
        </div>
      </td>
      <td className="px-3">
        <div className="flex max-w-[26ch] items-center gap-1 truncate">
          {run.branch && (
            <>
              <GitBranch aria-hidden size={12} className="shrink-0 text-faint" />
              <span className="truncate">
                <Name>{run.branch}</Name>
              </span>
            </>
          )}
        </div>
        <div className="font-mono text-xs text-faint">{run.headSha.slice(0, 7)}</div>
      </td>
      <td className="px-3">
        <div className="whitespace-nowrap">{run.event.replaceAll("_", " ")}</div>
        {run.actor && (
          <div className="max-w-[20ch] truncate text-sm text-faint">
            <Name>{run.actor}</Name>
          </div>
        )}
      </td>
      <td className="px-3">
        <TestCounts totals={run.summary.tests} />
      </td>
      <td className="px-3">
        <FileCounts summary={run.summary} />
      </td>
      <td className="px-3">
        <ProcessingBadge run={run} />
      </td>
      <td className="px-3 text-right">
        <Duration ms={run.durationMs} />
        {run.queueMs !== null && run.queueMs >= 1_000 && (
          <div className="text-sm text-faint" title="How long it waited for its first job">
            queued <Duration ms={run.queueMs} />
          </div>
        )}
      </td>
      <td className="py-1.5 pr-4 pl-3 text-right text-faint">
        <Time at={run.createdAt} />
      </td>
    </tr>
  );
}
