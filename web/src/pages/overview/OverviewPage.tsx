// The first page: what needs attention, what is healthy, what is new, and what just happened.
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { ChevronRight, CircleCheck, FolderSync, SearchX } from "lucide-react";
import { lazy, Suspense } from "react";
import { syncQuery } from "../../api/client";
import { overviewQuery } from "../../api/overview";
import type { Overview, OverviewParameters, OverviewWorkflow, SyncStatus } from "../../api/types";
import { formatCount } from "../../format";
import { usePageKeys } from "../../pageKeys";
import { type OverviewSearch, overviewWindows } from "../../search";
import { phaseLabel } from "../../shell/Banners";
import { RefreshButton } from "../../shell/RefreshButton";
import { usePageTitle } from "../../shell/usePageTitle";
import { Button, EmptyState, ErrorState, Panel, ProgressBar, Skeleton } from "../../ui";
import { useSteady } from "../../ui/steady";
import { Choice } from "../Choice";
import { SearchField } from "../SearchField";
import { MetricTiles } from "./MetricTiles";
import { groupsOf, verdictOf, windowLabel } from "./model";
import { togglePin, usePins } from "./pins";
import { Flakiest, JustNow, NewFailures } from "./Rail";
import { ColumnNames, FailingRow, HealthyRow } from "./WorkflowRows";

const route = getRouteApi("/");
const Kiosk = lazy(() => import("./Kiosk"));

function parametersOf({ branch, window, repository }: OverviewSearch): OverviewParameters {
  return { ...(branch ? { branch } : {}), ...(window ? { window } : {}), ...(repository ? { repository } : {}) };
}

/** The overview, on a desk or on a wall. */
export function OverviewPage() {
  usePageTitle("Overview");
  const search = route.useSearch();
  const { data: overview, error, refetch, isPlaceholderData } = useQuery(overviewQuery(parametersOf(search)));
  const { data: sync } = useQuery(syncQuery());
  if (search.kiosk) {
    return (
      <Suspense>
        <Kiosk overview={overview} sync={sync} hasFailed={error !== null} />
      </Suspense>
    );
  }
  return (
    <div aria-busy={isPlaceholderData}>
      <Top search={search} overview={overview} sync={sync} />
      {error && !overview ? (
        <Panel title="Workflows">
          <ErrorState title="The overview could not be loaded" error={error} onRetry={() => refetch()} />
        </Panel>
      ) : !overview ? (
        <Waiting />
      ) : overview.workflows.length === 0 ? (
        <NothingYet sync={sync} />
      ) : (
        <Content overview={overview} search={search} />
      )}
    </div>
  );
}

function Top({
  search,
  overview,
  sync,
}: {
  search: OverviewSearch;
  overview: Overview | undefined;
  sync: SyncStatus | undefined;
}) {
  const navigate = route.useNavigate();
  const set = (change: Partial<OverviewSearch>) =>
    navigate({
      search: (old) => Object.fromEntries(Object.entries({ ...old, ...change }).filter(([, value]) => value)),
      replace: true,
    });
  const repositories = sync?.repositories ?? [];
  const days = search.window ?? "14d";
  return (
    <div className="mb-3">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
        <h1 className="text-xl font-semibold">Overview</h1>
        {(repositories.length > 1 || search.repository) && (
          <Choice
            label="Repository"
            value={search.repository}
            options={repositories.map((name) => [name, name] as const)}
            any="All repositories"
            onChange={(repository) => set({ repository, branch: undefined })}
          />
        )}
        <Choice
          label="Branch"
          value={search.branch}
          options={[["*", "All branches"] as const, ...(overview?.branches ?? []).map((name) => [name, name] as const)]}
          any="Default branch"
          onChange={(branch) => set({ branch })}
        />
        <fieldset className="flex h-8 items-center rounded-md border border-line bg-panel p-0.5">
          <legend className="sr-only">Window</legend>
          {overviewWindows.map((window) => (
            <label
              key={window}
              className="flex h-full cursor-pointer items-center rounded px-2 text-sm text-muted hover:text-text has-checked:bg-raised has-checked:font-semibold has-checked:text-text has-focus-visible:outline-2 has-focus-visible:outline-accent"
            >
              <input
                type="radio"
                name="window"
                className="sr-only"
                checked={days === window}
                onChange={() => set({ window: window === "14d" ? undefined : window })}
              />
              {windowLabel(Number.parseInt(window, 10))}
            </label>
          ))}
        </fieldset>
        <SearchField label="Filter workflows" value={search.q ?? ""} onChange={(q) => set({ q: q || undefined })} />
        <p className="ml-auto text-sm text-faint max-xl:hidden">
          <kbd className="font-mono">j/k</kbd> to move, <kbd className="font-mono">Enter</kbd> to open,{" "}
          <kbd className="font-mono">?</kbd> for all shortcuts
        </p>
      </div>
      <p className="mt-1.5 min-h-5 text-muted">{overview ? verdictOf(overview) : ""}</p>
    </div>
  );
}

function Waiting() {
  return (
    <>
      <div className="mb-4 h-[94px] rounded-lg border border-line bg-panel" />
      <div className="grid items-start gap-4 xl:grid-cols-[minmax(0,1fr)_332px]">
        <Panel title="Workflows">
          <Skeleton rows={9} rowHeight={56} label="Loading the overview" />
        </Panel>
        <Panel title="New failures">
          <Skeleton rows={5} rowHeight={48} label="Loading new failures" />
        </Panel>
      </div>
    </>
  );
}

function NothingYet({ sync }: { sync: SyncStatus | undefined }) {
  if (sync?.state === "initial" || sync?.state === "refreshing") {
    const { phase, done, total } = sync.progress;
    return (
      <Panel title="First sync">
        <EmptyState icon={FolderSync} title="Reading the repository">
          <p className="mb-3">Workflows and runs appear here by themselves, newest first.</p>
          <p className="mb-1.5 text-sm text-faint">
            {phaseLabel(phase)} {total > 0 ? `${formatCount(done)} of ${formatCount(total)}` : ""}
          </p>
          <ProgressBar label={`First sync, ${phaseLabel(phase)}`} done={done} total={total} />
        </EmptyState>
      </Panel>
    );
  }
  return (
    <Panel title="Workflows">
      <EmptyState icon={FolderSync} title="Nothing mirrored yet" action={<RefreshButton />}>
        {sync?.lastSyncAt
          ? "GitHub was asked and knows no workflow here."
          : "Greenroom has not read the repository yet. Press Refresh to start now."}
      </EmptyState>
    </Panel>
  );
}

function Content({ overview, search }: { overview: Overview; search: OverviewSearch }) {
  const several = new Set(overview.workflows.map(({ repository }) => repository)).size > 1;
  return (
    <>
      <MetricTiles overview={overview} />
      <div className="grid grid-cols-1 items-start gap-4 xl:grid-cols-[minmax(0,1fr)_332px]">
        <Workflows overview={overview} search={search} several={several} />
        <div className="grid min-w-0 grid-cols-1 items-start gap-4 md:grid-cols-2 xl:grid-cols-1">
          <NewFailures failures={overview.newFailures} where={`in ${windowLabel(overview.windowDays)}`} />
          <Flakiest tests={overview.flakiest} />
          <JustNow runs={overview.recent} several={several} />
        </div>
      </div>
    </>
  );
}

/** Pins the workflow whose row has the focus. */
function pinFocused(): void {
  const name = document.activeElement?.closest("li")?.querySelector("[data-row]")?.getAttribute("href");
  const id = Number(/^\/workflows\/(\d+)$/.exec(name ?? "")?.[1]);
  if (id) togglePin(id);
}

function Workflows({ overview, search, several }: { overview: Overview; search: OverviewSearch; several: boolean }) {
  const pins = usePins();
  const navigate = route.useNavigate();
  usePageKeys("Overview", [{ keys: ["p"], label: "Keep the workflow on top, or let it go", run: pinFocused }]);
  const scope = JSON.stringify([search, [...pins]]);
  const { shown, hold } = useSteady(overview.workflows, (workflow) => workflow.id, scope);
  const { failing, healthy, disabled } = groupsOf(shown, search.q ?? "", pins);
  if (failing.length + healthy.length + disabled.length === 0) {
    const clear = () => navigate({ search: (old) => ({ ...old, q: undefined }), replace: true });
    return (
      <Panel title="Workflows">
        <EmptyState
          icon={SearchX}
          title={`No workflow matches “${search.q}”`}
          action={<Button onClick={clear}>Clear the filter</Button>}
        />
      </Panel>
    );
  }
  const row = (workflow: OverviewWorkflow) => ({
    workflow,
    several,
    isPinned: pins.has(workflow.id),
    elsewhere: overview.branch === null,
  });
  return (
    <div className="flex min-w-0 flex-col gap-4" {...hold}>
      {failing.length > 0 && (
        <Section title="Needs attention" count={failing.length} tone="fail">
          {failing.map((workflow) => (
            <FailingRow key={workflow.id} {...row(workflow)} />
          ))}
        </Section>
      )}
      {failing.length === 0 && !search.q && healthy.length > 0 && (
        <p className="flex items-center gap-2 rounded-lg border border-line bg-panel px-4 py-3">
          <CircleCheck aria-hidden size={18} className="text-pass" />
          Nothing needs attention.
        </p>
      )}
      {healthy.length > 0 && (
        <Section title="Healthy" count={healthy.length}>
          {healthy.map((workflow) => (
            <HealthyRow key={workflow.id} {...row(workflow)} />
          ))}
        </Section>
      )}
      {disabled.length > 0 && (
        <details className="group overflow-hidden rounded-lg border border-line bg-panel" open={Boolean(search.q)}>
          <summary className="flex min-h-9 items-center gap-2 bg-raised/60 px-4 font-semibold">
            <ChevronRight aria-hidden size={14} className="group-open:rotate-90" />
            Disabled <span className="font-normal text-faint">{disabled.length}</span>
          </summary>
          <ul>
            {disabled.map((workflow) => (
              <HealthyRow key={workflow.id} {...row(workflow)} dimmed />
            ))}
          </ul>
        </details>
      )}
      <p className="text-sm">
        <Link to="/workflows" className="inline-flex min-h-6 items-center text-accent">
          All workflows with their last runs
        </Link>
      </p>
    </div>
  );
}

function Section({
  title,
  count,
  tone,
  children,
}: {
  title: string;
  count: number;
  tone?: "fail";
  children: React.ReactNode;
}) {
  const id = `section-${title.replaceAll(" ", "-")}`;
  return (
    <section aria-labelledby={id} className="relative overflow-hidden rounded-lg border border-line bg-panel">
      <h2
        id={id}
        className={`px-4 leading-9 font-semibold max-lg:border-b max-lg:border-line max-lg:bg-raised/60 lg:absolute lg:top-0 lg:left-0 ${tone === "fail" ? "text-fail-text" : ""}`}
      >
        {title} <span className="ml-1 font-normal text-faint">{count}</span>
      </h2>
      <ColumnNames />
      <ul>{children}</ul>
    </section>
  );
}
