// How a workflow fares over time: charts with one crosshair, or the same figures as a table, and what changed at once.
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { trendsQuery } from "../../../api/history";
import type { Trends } from "../../../api/types";
import { formatCount } from "../../../format";
import type { WorkflowSearch } from "../../../search";
import { ErrorState, Panel, Skeleton } from "../../../ui";
import { WindowBar } from "../WindowBar";
import { Changes } from "./Changes";
import { TrendChart } from "./TrendChart";
import { bucketSearch, TrendTable } from "./TrendTable";
import { bucketName, chartsOf, trendSentence } from "./trendModel";

const route = getRouteApi("/workflows/$workflowId");

/** What the address asks of the API, for trends and for jobs. */
export function trendParameters({ window, branch }: WorkflowSearch): { window?: string; branch?: string } {
  return { ...(window ? { window } : {}), ...(branch ? { branch } : {}) };
}

/** The trends of a workflow. */
export function TrendsTab({ workflowId }: { workflowId: number }) {
  const search = route.useSearch();
  const {
    data: trends,
    error,
    isPending,
    isPlaceholderData,
    refetch,
  } = useQuery(trendsQuery(workflowId, trendParameters(search)));
  return (
    <div className="flex flex-col gap-3">
      <WindowBar workflowId={workflowId} hasTable />
      {isPending ? (
        <div className="grid gap-3 lg:grid-cols-2">
          {[0, 1, 2, 3, 4, 5].map((place) => (
            <Panel key={place} title=" ">
              <Skeleton rows={4} rowHeight={40} label="Loading the trends" />
            </Panel>
          ))}
        </div>
      ) : trends ? (
        <div className={isPlaceholderData ? "opacity-60" : undefined}>
          <Shown trends={trends} asTable={search.as === "table"} />
        </div>
      ) : (
        <Panel title="Trends">
          <ErrorState title="The trends could not be loaded" error={error} onRetry={() => refetch()} />
        </Panel>
      )}
    </div>
  );
}

function Shown({ trends, asTable }: { trends: Trends; asTable: boolean }) {
  const navigate = route.useNavigate();
  const charts = useMemo(() => chartsOf(trends), [trends]);
  const [at, setAt] = useState<number | null>(null);
  const open = (bucket: number) =>
    navigate({ search: (old) => ({ ...old, ...bucketSearch(trends, bucket) }) as never, resetScroll: false });
  return (
    <div className="flex flex-col gap-3">
      <p className="flex flex-wrap items-baseline justify-between gap-x-4 gap-y-1">
        <span className="font-medium">{trendSentence(trends)}</span>
        <span className="text-sm text-faint">
          {!asTable && (at === null ? "Point at a chart, or move with the arrow keys" : bucketName(trends, at))}
          {!trends.isComplete && ` · durations from the newest ${formatCount(trends.runsRead)} runs`}
        </span>
      </p>
      <Changes changes={trends.changes} />
      {asTable ? (
        <TrendTable charts={charts} trends={trends} />
      ) : (
        <div className="grid gap-3 lg:grid-cols-2">
          {charts.map((chart) => (
            <TrendChart key={chart.id} chart={chart} trends={trends} at={at} onAt={setAt} onOpen={open} />
          ))}
        </div>
      )}
    </div>
  );
}
