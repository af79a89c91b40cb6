// The first page: what needs attention, what is healthy, and what just happened.
import { useQuery } from "@tanstack/react-query";
import { workflowsQuery } from "../../api/client";
import { usePageTitle } from "../../shell/usePageTitle";
import { ErrorState, Panel, Skeleton } from "../../ui";
import { Groups } from "../workflows/WorkflowsPage";

/** The overview. */
export function OverviewPage() {
  usePageTitle("Overview");
  const { data: workflows, error, refetch } = useQuery(workflowsQuery());
  return (
    <>
      <h1 className="mb-3 text-xl font-semibold">Overview</h1>
      {error && !workflows ? (
        <Panel title="Workflows">
          <ErrorState title="The overview could not be loaded" error={error} onRetry={() => refetch()} />
        </Panel>
      ) : !workflows ? (
        <Panel title="Workflows">
          <Skeleton rows={8} rowHeight={56} label="Loading the overview" />
        </Panel>
      ) : (
        <Groups workflows={workflows} />
      )}
    </>
  );
}
