// Tests × runs of a workflow: what to show, the grid itself, the cell looked at, and the causes in view.
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { FlaskConical, Grid3x3, ListX } from "lucide-react";
import { useMemo, useState } from "react";
import { gridQuery } from "../../api/history";
import type { GridParameters, Verdict } from "../../api/types";
import { formatCount, plural } from "../../format";
import { verdicts, type WorkflowSearch } from "../../search";
import { verdictWords } from "../../testing/words";
import { Button, EmptyState, ErrorState, Name, Panel, Skeleton, visibleName } from "../../ui";
import { Choice } from "../Choice";
import { SearchField } from "../SearchField";
import { CellDetail } from "./CellDetail";
import { GridCanvas } from "./GridCanvas";
import { type Cell, cellNamed, type GridModel, gridModel, nameOf } from "./gridModel";

const route = getRouteApi("/workflows/$workflowId");
const mostTests = 2_000;
const usualRuns = 50;

/** What the address asks of the API; tests that never failed are hidden until asked for. */
export function gridParameters(search: WorkflowSearch): GridParameters {
  const { q, branch, verdict, before, green, runs = usualRuns } = search;
  return {
    runs,
    tests: mostTests,
    ...(q ? { q } : {}),
    ...(branch ? { branch } : {}),
    ...(verdict ? { verdict } : {}),
    ...(before ? { before } : {}),
    ...(green ? {} : { hideGreen: "1" }),
  };
}

/** The grid of a workflow. */
export function GridTab({ workflowId }: { workflowId: number }) {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const {
    data: grid,
    error,
    isPending,
    isPlaceholderData,
    refetch,
  } = useQuery(gridQuery(workflowId, gridParameters(search)));
  const model = useMemo(() => (grid ? gridModel(grid) : null), [grid]);
  const change = (next: Partial<Record<keyof WorkflowSearch, unknown>>) =>
    navigate({ search: (previous) => ({ ...previous, ...next }) as never, replace: true, resetScroll: false });
  return (
    <div className="flex flex-col gap-3">
      <Toolbar search={search} branches={branchesOf(model)} change={change} />
      {isPending ? (
        <Panel title="Tests and runs">
          <Skeleton rows={16} rowHeight={24} label="Loading the grid" />
        </Panel>
      ) : !model || !grid ? (
        <Panel title="Tests and runs">
          <ErrorState title="The grid could not be loaded" error={error} onRetry={() => refetch()} />
        </Panel>
      ) : model.rows.length === 0 ? (
        <Panel title="Tests and runs">
          <NoCells search={search} runs={model.runs.length} change={change} />
        </Panel>
      ) : (
        <div className={isPlaceholderData ? "opacity-60" : undefined}>
          <Shown model={model} total={grid.total} exact={grid.totalIsExact !== false} />
        </div>
      )}
      {grid && (grid.nextCursor || search.before) && (
        <div className="flex justify-center gap-2">
          {grid.nextCursor && <Button onClick={() => change({ before: grid.nextCursor })}>Older runs</Button>}
          {search.before && <Button onClick={() => change({ before: undefined })}>Newest runs</Button>}
        </div>
      )}
    </div>
  );
}

function branchesOf(model: GridModel | null): string[] {
  return [...new Set(model?.runs.map((run) => run.branch).filter(Boolean) ?? [])].sort();
}

function Toolbar({
  search,
  branches,
  change,
}: {
  search: WorkflowSearch;
  branches: string[];
  change: (next: Partial<Record<keyof WorkflowSearch, unknown>>) => void;
}) {
  return (
    <search className="flex flex-wrap items-center gap-2">
      <SearchField label="Search tests" value={search.q ?? ""} onChange={(q) => change({ q: q || undefined })} />
      <Choice
        label="Branch"
        value={search.branch}
        options={branches.map((branch) => [branch, visibleName(branch)])}
        onChange={(branch) => change({ branch, before: undefined })}
      />
      <Choice<Verdict>
        label="Verdict"
        value={search.verdict}
        options={verdicts.map((verdict) => [verdict, verdictWords[verdict].label])}
        onChange={(verdict) => change({ verdict })}
      />
      <Choice
        label="Runs"
        any={null}
        value={String(search.runs ?? usualRuns)}
        options={[
          ["25", "25 runs"],
          ["50", "50 runs"],
          ["100", "100 runs"],
          ["200", "200 runs"],
        ]}
        onChange={(runs) => change({ runs: Number(runs) === usualRuns ? undefined : Number(runs) })}
      />
      <label className="flex h-8 items-center gap-1.5 rounded-md border border-line bg-panel px-2.5 text-sm">
        <input
          type="checkbox"
          checked={!search.green}
          onChange={(event) => change({ green: event.target.checked ? undefined : 1 })}
        />
        Hide always green
      </label>
    </search>
  );
}

function NoCells({
  search,
  runs,
  change,
}: {
  search: WorkflowSearch;
  runs: number;
  change: (next: Partial<Record<keyof WorkflowSearch, unknown>>) => void;
}) {
  if (search.q || search.verdict || search.branch) {
    return (
      <EmptyState
        icon={ListX}
        title="No test matches"
        action={
          <Button onClick={() => change({ q: undefined, verdict: undefined, branch: undefined })}>Clear filters</Button>
        }
      />
    );
  }
  if (!search.green && runs > 0) {
    return (
      <EmptyState
        icon={Grid3x3}
        title="No test failed in these runs"
        action={<Button onClick={() => change({ green: 1 })}>Show the tests that passed</Button>}
      >
        Where there are tests, all of them passed or were skipped.
      </EmptyState>
    );
  }
  return (
    <EmptyState icon={FlaskConical} title="No tests in these runs">
      No report was found in their artifacts.
    </EmptyState>
  );
}

function Shown({ model, total, exact }: { model: GridModel; total: number; exact: boolean }) {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  // By name, so that it stays the same cell when a new run moves the columns.
  const [name, setName] = useState(search.cell);
  const [hovered, setHovered] = useState<Cell | null>(null);
  const active = cellNamed(model, name);
  const remember = (cell: Cell) =>
    navigate({
      search: (previous) => ({ ...previous, cell: nameOf(model, cell) }) as never,
      replace: true,
      resetScroll: false,
    });
  return (
    <div className="grid gap-3 lg:grid-cols-[minmax(0,1fr)_300px] lg:items-start">
      <Panel
        title="Tests and runs"
        count={`${formatCount(model.rows.length)} × ${formatCount(model.runs.length)}`}
        aside={
          total > model.rows.length && (
            <span>
              those with most failures of {exact ? "" : "more than "}
              {formatCount(total)} tests
            </span>
          )
        }
      >
        {/* The ring lies above what sticks to the edges of the grid. */}
        <div className="relative after:pointer-events-none after:absolute after:inset-0 after:z-30 after:border-accent has-focus-visible:after:border-2">
          <GridCanvas
            model={model}
            active={active}
            hovered={hovered}
            onActive={(cell) => setName(nameOf(model, cell))}
            onHover={setHovered}
            onRemember={remember}
          />
        </div>
        <Legend />
      </Panel>
      <div className="flex flex-col gap-3">
        <CellDetail model={model} cell={hovered ?? active} />
        <Causes model={model} />
      </div>
    </div>
  );
}

function Legend() {
  const item = (swatch: string, mark: string, label: string) => (
    <span className="inline-flex items-center gap-1.5">
      <span
        aria-hidden
        className={`inline-flex w-3 items-center justify-center text-[9px] leading-none font-semibold ${swatch}`}
      >
        {mark}
      </span>
      {label}
    </span>
  );
  return (
    <div className="flex flex-wrap items-center gap-x-4 gap-y-1 border-t border-line px-4 py-2 text-sm text-faint">
      {item("h-4 bg-fail text-white dark:text-[#1c0506]", "A", "failed, same letter same cause")}
      {item("h-4 bg-fail text-white dark:text-[#1c0506]", "×", "failed, seen once")}
      {item("h-3.5 bg-flaky text-[#221600]", "~", "flaky")}
      {item("h-2.5 bg-pass opacity-55", "", "passed")}
      {item("h-0.5 bg-skip", "", "skipped")}
      <span className="ml-auto max-md:hidden">
        <kbd className="font-mono text-xs">arrows</kbd> move · <kbd className="font-mono text-xs">n</kbd> next failure ·{" "}
        <kbd className="font-mono text-xs">Enter</kbd> open
      </span>
    </div>
  );
}

function Causes({ model }: { model: GridModel }) {
  if (model.causes.length === 0) return null;
  return (
    <Panel title="Causes in view" count={model.causes.length}>
      <ul className="max-h-96 overflow-y-auto">
        {model.causes.map((cause) => (
          <li key={cause.family} className="flex items-start gap-2.5 border-b border-line px-4 py-2 last:border-b-0">
            <span
              aria-hidden
              className="mt-0.5 inline-flex h-4 w-4 shrink-0 items-center justify-center rounded-sm bg-fail text-[10px] font-semibold text-white dark:text-[#1c0506]"
            >
              {cause.letter}
            </span>
            <div className="min-w-0">
              <Link
                to="/failures/$familyId"
                params={{ familyId: String(cause.family) }}
                className="line-clamp-2 font-mono text-xs break-words"
              >
                <span className="sr-only">Cause {cause.letter}: </span>
                <Name>{cause.title || "(no message)"}</Name>
              </Link>
              <p className="text-sm text-faint">
                {plural(cause.tests, "test")}, {plural(cause.cells, "cell")}
              </p>
            </div>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
