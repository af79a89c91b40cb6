// One run: what it came to, its failures, jobs, tests, files and artifacts. The address holds view, attempt and choices.
import { type UseQueryResult, useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { lazy, Suspense } from "react";
import { ApiError, jobsQuery, runQuery } from "../../api/client";
import type { Job, RunDetail } from "../../api/types";
import { outcomeOf } from "../../outcome";
import { usePageKeys } from "../../pageKeys";
import { idOf, type RunSearch, type RunTab } from "../../search";
import { NotFound } from "../../shell/NotFound";
import { usePageTitle } from "../../shell/usePageTitle";
import { ErrorState, Panel, Skeleton, Tabs } from "../../ui";
import { FilesTab } from "./FilesTab";
import { FailuresTab } from "./failures/FailuresTab";
import { useFailureSteps } from "./failures/useFailureSteps";
import { type FoundFailures, hasFailures, useFailures } from "./failures/useFailures";
import { GalleryTab } from "./gallery/GalleryTab";
import { JobsPanel } from "./JobsTab";
import { RunHeader } from "./RunHeader";
import { SummaryTab } from "./SummaryTab";
import { TestsNotice } from "./tests/TestsNotice";
import { TestsTab } from "./tests/TestsTab";

const route = getRouteApi("/runs/$runId");
const CompareTab = lazy(async () => ({ default: (await import("../compare/CompareTab")).CompareTab }));

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

/** What is shown where the address does not say: the failures, if there are any. */
export function firstTab(run: RunDetail, search: RunSearch): RunTab {
  const shown = run.attempts.find((one) => one.attempt === search.attempt) ?? run;
  const failed = outcomeOf(shown) === "fail" || (shown === run && run.summary.tests.failed > 0);
  return failed ? "failures" : "summary";
}

// What narrows or chooses in one view means nothing in another.
const foreign: Partial<Record<RunTab, (keyof RunSearch)[]>> = {
  failures: ["result", "test", "try", "mode"],
  tests: ["q", "status", "suite", "novelty", "report", "result", "test", "try", "mode"],
  files: ["q", "type", "artifact"],
  gallery: ["q", "type", "artifact", "picture", "size", "mode", "base"],
  compare: ["with", "mode"],
};

function leaving(tab: RunTab, to: RunTab): Record<string, unknown> {
  const kept = new Set(foreign[to] ?? []);
  const dropped = (foreign[tab] ?? []).filter((name) => !kept.has(name) || name === "q");
  return { ...Object.fromEntries(dropped.map((name) => [name, undefined])), tab: to };
}

function RunView({ run }: { run: RunDetail }) {
  const search = route.useSearch();
  const { tab = firstTab(run, search), attempt: asked } = search;
  const attempt = asked !== undefined && asked !== run.attempt ? asked : undefined;
  const jobs = useQuery(jobsQuery(run.id, attempt));
  const found = useFailures(run, attempt, jobs.data);
  // On the failures' own view the keys know which one is looked at.
  const steps = useFailureSteps(found.items, undefined);
  usePageKeys("Run", tab === "failures" ? [] : steps);
  const failures = found.list.data ? failuresCount(found) : run.summary.tests.failed;
  return (
    <div className="flex flex-col gap-4">
      <RunHeader run={run} attempt={attempt} jobs={jobs.data} found={found} />
      <TestsNotice run={run} />
      <Tabs
        label="Views of this run"
        active={tab}
        search={(id) => leaving(tab, id as RunTab)}
        tabs={[
          { id: "failures", label: "Failures", count: failures || undefined },
          { id: "jobs", label: "Jobs & logs", count: jobs.data?.length },
          { id: "tests", label: "Tests", count: run.summary.tests.total || undefined },
          { id: "files", label: "Files", count: run.summary.files },
          { id: "gallery", label: "Gallery", count: run.summary.images },
          { id: "compare", label: "Compare" },
          { id: "summary", label: "Summary" },
        ]}
      />
      <TabBody tab={tab} run={run} attempt={attempt} jobs={jobs} found={found} search={search} />
    </div>
  );
}

function failuresCount({ list, results, items }: FoundFailures): number {
  const total = list.data?.pages.at(-1)?.total ?? 0;
  return items.length - results.length + Math.max(total, results.length);
}

interface TabProps {
  tab: RunTab;
  run: RunDetail;
  attempt: number | undefined;
  jobs: UseQueryResult<Job[]>;
  found: FoundFailures;
  search: RunSearch;
}

function TabBody({ tab, run, attempt, jobs, found, search }: TabProps) {
  switch (tab) {
    case "failures":
      return (
        <>
          <FailuresTab
            run={run}
            jobs={jobs.data}
            search={search}
            found={found}
            isGreen={run.status === "completed" && !hasFailures(run, attempt, jobs.data)}
          />
          <JobsPanel run={run} attempt={attempt} jobs={jobs} />
        </>
      );
    case "jobs":
      return <JobsPanel run={run} attempt={attempt} jobs={jobs} />;
    case "tests":
      return <TestsTab run={run} attempt={attempt} />;
    case "files":
      return <FilesTab run={run} />;
    case "gallery":
      return <GalleryTab run={run} />;
    case "compare":
      return (
        <Suspense fallback={<Skeleton rows={10} label="Loading the comparison" />}>
          <CompareTab run={run} />
        </Suspense>
      );
    case "summary":
      return <SummaryTab run={run} attempt={attempt} jobs={jobs} />;
  }
}
