// One run: what it came to, its attempts, jobs, artifacts and files. The address holds tab, attempt and filters.
import { type UseQueryResult, useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { ApiError, jobsQuery, runQuery } from "../../api/client";
import type { Job, RunDetail } from "../../api/types";
import { idOf, type RunTab } from "../../search";
import { NotFound } from "../../shell/NotFound";
import { usePageTitle } from "../../shell/usePageTitle";
import { ErrorState, Panel, Skeleton, Tabs } from "../../ui";
import { ArtifactsTab } from "./ArtifactsTab";
import { FilesTab } from "./FilesTab";
import { GalleryTab } from "./GalleryTab";
import { JobsTab } from "./JobsTab";
import { RunHeader } from "./RunHeader";
import { SummaryTab } from "./SummaryTab";
import { TestsNotice } from "./tests/TestsNotice";
import { TestsTab } from "./tests/TestsTab";

const route = getRouteApi("/runs/$runId");

/** The run page. */
export function RunPage() {
  const id = idOf(route.useParams().runId);
  return id === null ? <NotFound what="run" /> : <LoadedRun key={id} id={id} />;
}

function LoadedRun({ id }: { id: number }) {
  const { data: run, error, refetch } = useQuery(runQuery(id));
  usePageTitle(run && `${run.title} #${run.runNumber}`);
  if (error instanceof ApiError && error.status === 404) return <NotFound what="run" />;
  if (!run) {
    return (
      <>
        <h1 className="mb-3 text-xl font-semibold">Run</h1>
        <Panel title="Run">
          {error ? (
            <ErrorState title="The run could not be loaded" error={error} onRetry={() => refetch()} />
          ) : (
            <Skeleton rows={8} label="Loading the run" />
          )}
        </Panel>
      </>
    );
  }
  return <RunView run={run} />;
}

function RunView({ run }: { run: RunDetail }) {
  const { tab = "summary", attempt: asked } = route.useSearch();
  const attempt = asked !== undefined && asked !== run.attempt ? asked : undefined;
  const jobs = useQuery(jobsQuery(run.id, attempt));
  return (
    <div className="flex flex-col gap-4">
      <RunHeader run={run} attempt={attempt} jobs={jobs.data} />
      <TestsNotice run={run} />
      <Tabs
        label="Views of this run"
        active={tab}
        // Words looked for among tests mean nothing among files, and the other way round.
        search={(id) =>
          id === "tests" || tab === "tests"
            ? { tab: id, q: undefined, result: undefined, test: undefined }
            : { tab: id }
        }
        tabs={[
          { id: "summary", label: "Summary" },
          { id: "tests", label: "Tests", count: run.summary.tests.total || undefined },
          { id: "jobs", label: "Jobs & logs", count: jobs.data?.length },
          { id: "files", label: "Files", count: run.summary.files },
          { id: "artifacts", label: "Artifacts", count: run.artifacts.length },
          { id: "gallery", label: "Gallery", count: run.summary.images },
        ]}
      />
      <TabBody tab={tab} run={run} attempt={attempt} jobs={jobs} />
    </div>
  );
}

function TabBody({
  tab,
  run,
  attempt,
  jobs,
}: {
  tab: RunTab;
  run: RunDetail;
  attempt: number | undefined;
  jobs: UseQueryResult<Job[]>;
}) {
  switch (tab) {
    case "summary":
      return <SummaryTab run={run} attempt={attempt} jobs={jobs} />;
    case "tests":
      return <TestsTab run={run} attempt={attempt} />;
    case "jobs":
      return <JobsTab run={run} jobs={jobs} />;
    case "files":
      return <FilesTab run={run} />;
    case "artifacts":
      return <ArtifactsTab run={run} />;
    case "gallery":
      return <GalleryTab run={run} />;
  }
}
