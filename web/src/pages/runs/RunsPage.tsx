// Lists of runs, of one workflow or of all: filters and selection in the address, pages on demand.
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { GitCompareArrows, ListX } from "lucide-react";
import { type KeyboardEvent, useMemo } from "react";
import { runsOf, runsQuery, syncQuery } from "../../api/client";
import { plural } from "../../format";
import { activeFilters, pickedIds, type RunsSearch, runsParameters, togglePick } from "../../search";
import { RefreshButton } from "../../shell/RefreshButton";
import { usePageTitle } from "../../shell/usePageTitle";
import { Button, buttonClass, EmptyState } from "../../ui";
import { useSteady } from "../../ui/steady";
import { PagedPanel } from "../PagedPanel";
import { FilterBar } from "./FilterBar";
import { RunsTable } from "./RunsTable";
import { SavedFilters } from "./SavedFilters";

const allRoute = getRouteApi("/runs");

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

/** The list of runs with its filters: of one workflow, or of all. */
export function Runs({ workflowId, search, to }: { workflowId: number | null; search: RunsSearch; to: string }) {
  const navigate = useNavigate();
  const list = useInfiniteQuery(runsQuery(workflowId, runsParameters(search), search.cursor));
  const loaded = useMemo(() => runsOf(list.data?.pages), [list.data]);
  // What comes in does not push away the row somebody is about to click; further pages are asked for, so they show.
  const scope = `${workflowId} ${JSON.stringify(runsParameters(search))} ${list.data?.pages.length ?? 0}`;
  const { shown: runs, waiting, release, hold } = useSteady(loaded, (run) => run.id, scope);
  const picked = pickedIds(search.pick);
  const change = (next: Partial<RunsSearch>) =>
    navigate({ to, search: { ...search, ...next, cursor: undefined } as never, replace: true });
  const pick = (id: number) =>
    navigate({
      to,
      search: (({ pick, ...old }: RunsSearch) => ({ ...old, pick: togglePick(pick, id) })) as never,
      replace: true,
      resetScroll: false,
    });
  // "x" on a row selects it, as the box in front of it does.
  const onKey = (event: KeyboardEvent<HTMLElement>) => {
    if (event.key !== "x" || event.ctrlKey || event.metaKey || event.altKey) return;
    const id = Number((event.target as HTMLElement).closest("tr")?.dataset.run);
    if (id) void pick(id);
  };
  const branches = [
    ...new Set(runs.map((run) => run.branch).filter((branch): branch is string => Boolean(branch))),
  ].sort();
  return (
    <div className="flex flex-col gap-3">
      <FilterBar search={search} branches={branches} onChange={change} />
      <SavedFilters search={search} onChange={change} />
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
        {/* biome-ignore lint/a11y/noStaticElementInteractions: the key belongs to the rows in it, which have the focus. */}
        <div onKeyDown={onKey} {...hold}>
          {waiting > 0 && (
            <div className="flex justify-center border-b border-line py-1">
              <Button variant="quiet" onClick={release}>
                Show {plural(waiting, "new run")}
              </Button>
            </div>
          )}
          <RunsTable runs={runs} showWorkflow={workflowId === null} picked={picked} onPick={pick} />
        </div>
      </PagedPanel>
      {picked.length > 0 && (
        <PickedBar
          picked={picked}
          onClear={() =>
            navigate({ to, search: { ...search, pick: undefined } as never, replace: true, resetScroll: false })
          }
        />
      )}
    </div>
  );
}

/** What can be done with the selected runs. */
function PickedBar({ picked, onClear }: { picked: number[]; onClear: () => void }) {
  const [one, other] = [...picked].sort((a, b) => a - b);
  return (
    <section
      aria-label="Selected runs"
      className="sticky bottom-3 z-20 flex flex-wrap items-center gap-3 self-center rounded-lg border border-accent bg-panel px-4 py-2 shadow-lg"
    >
      <span aria-live="polite">
        {picked.length === 1 ? "One run selected; select another to compare" : "Two runs selected"}
      </span>
      {one !== undefined && other !== undefined && (
        <Link
          to="/runs/$runId/compare"
          params={{ runId: String(other) }}
          search={{ with: one }}
          className={buttonClass("primary")}
        >
          <GitCompareArrows aria-hidden size={14} /> Compare
        </Link>
      )}
      <Button variant="quiet" onClick={onClear}>
        Clear
      </Button>
    </section>
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
