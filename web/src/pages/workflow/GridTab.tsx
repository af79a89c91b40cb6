// Tests × runs of a workflow: what to show, the grid itself, the cell looked at, and the causes in view.
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import clsx from "clsx";
import { FlaskConical, Grid3x3, ListX, Table2 } from "lucide-react";
import { type ReactNode, useMemo, useState } from "react";
import { gridQuery } from "../../api/history";
import type { GridParameters, Verdict } from "../../api/types";
import { formatCount, plural } from "../../format";
import { gridOrders, verdicts, type WorkflowSearch } from "../../search";
import { verdictWords } from "../../testing/words";
import { Badge, Button, EmptyState, ErrorState, Name, Panel, Skeleton, type Tone, visibleName } from "../../ui";
import { useMedia } from "../../useMedia";
import { Choice } from "../Choice";
import { SearchField } from "../SearchField";
import { CellDetail } from "./CellDetail";
import { cellSizes } from "./drawGrid";
import { type GridActions, GridCanvas } from "./GridCanvas";
import { GridStrips } from "./GridStrips";
import { GridTable } from "./GridTable";
import {
  type CauseKind,
  type Cell,
  cellNamed,
  type GridModel,
  type GridOrder,
  gridModel,
  nameOf,
  type Rectangle,
  sharedBy,
} from "./gridModel";

const route = getRouteApi("/workflows/$workflowId");
const mostTests = 2_000;
const usualRuns = 50;

/** What the address asks of the API; tests that never failed are hidden until asked for. */
export function gridParameters(search: WorkflowSearch): GridParameters {
  const { q, branch, verdict, before, green, colour, runs = usualRuns } = search;
  return {
    runs,
    tests: mostTests,
    ...(q ? { q } : {}),
    ...(branch ? { branch } : {}),
    ...(verdict ? { verdict } : {}),
    ...(before ? { before } : {}),
    ...(green ? {} : { hideGreen: "1" }),
    ...(colour === "duration" ? { durations: "1" } : {}),
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
  const { order = "streak", group } = search;
  const model = useMemo(() => (grid ? gridModel(grid, order, group === "suite") : null), [grid, order, group]);
  const change = (next: Partial<Record<keyof WorkflowSearch, unknown>>) =>
    navigate({ search: (previous) => ({ ...previous, ...next }) as never, replace: true, resetScroll: false });
  return (
    <div className="flex flex-col gap-3">
      <Toolbar search={search} branches={branchesOf(model)} green={grid?.green} change={change} />
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
  green,
  change,
}: {
  search: WorkflowSearch;
  branches: string[];
  green: number | undefined;
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
      <Choice<GridOrder>
        label="Sort"
        any={null}
        value={search.order ?? "streak"}
        options={gridOrders.map((order) => [order, orderWords[order]])}
        onChange={(order) => change({ order: order === "streak" ? undefined : order })}
      />
      <Toggle isOn={!search.green} onToggle={() => change({ green: search.green ? undefined : 1 })}>
        Hide always green{green !== undefined && <span className="text-faint">{formatCount(green)}</span>}
      </Toggle>
      <Toggle isOn={search.group === "suite"} onToggle={() => change({ group: search.group ? undefined : "suite" })}>
        Group by suite
      </Toggle>
      <Toggle
        isOn={search.colour === "duration"}
        className="max-sm:hidden"
        onToggle={() => change({ colour: search.colour ? undefined : "duration" })}
      >
        Colour by duration
      </Toggle>
      <Sizes size={search.size} change={change} />
      <Toggle isOn={search.as === "table"} onToggle={() => change({ as: search.as ? undefined : "table" })}>
        <Table2 aria-hidden size={14} /> View as table
      </Toggle>
    </search>
  );
}

const orderWords: Record<GridOrder, string> = {
  streak: "Longest streak",
  flips: "Most flips",
  failures: "Most failures",
  slowest: "Slowest",
  name: "Name",
};

function Toggle({
  isOn,
  onToggle,
  className,
  children,
}: {
  isOn: boolean;
  onToggle: () => void;
  className?: string;
  children: ReactNode;
}) {
  return (
    <Button
      aria-pressed={isOn}
      onClick={onToggle}
      className={clsx(isOn ? "border-accent! bg-selected" : "text-muted", className)}
    >
      {children}
    </Button>
  );
}

const sizeWords = { s: "Small", m: "Medium", l: "Large" } as const;

function Sizes({
  size,
  change,
}: {
  size: WorkflowSearch["size"];
  change: (next: Partial<Record<keyof WorkflowSearch, unknown>>) => void;
}) {
  return (
    <fieldset className="m-0 flex h-8 items-center overflow-hidden rounded-md border border-line bg-panel p-0 max-sm:hidden">
      <legend className="sr-only">Size of the cells</legend>
      {(["s", "m", "l"] as const).map((one) => {
        const isOn = one === (size ?? "m");
        return (
          <button
            key={one}
            type="button"
            aria-pressed={isOn}
            aria-label={sizeWords[one]}
            onClick={() => change({ size: one === "m" ? undefined : one })}
            className={`h-full w-8 text-sm ${isOn ? "bg-selected font-medium text-text" : "text-muted hover:bg-raised"}`}
          >
            {one.toUpperCase()}
          </button>
        );
      })}
    </fieldset>
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
  const isNarrow = useMedia("(max-width: 639px)");
  const aside = total > model.rows.length && (
    <span>
      those with most failures of {exact ? "" : "more than "}
      {formatCount(total)} tests
    </span>
  );
  const count = `${formatCount(model.rows.length)} × ${formatCount(model.runs.length)}`;
  if (search.as === "table" || isNarrow) {
    return (
      <div className="flex flex-col gap-3">
        <Panel title="Tests and runs" count={count} aside={aside}>
          {search.as === "table" ? <GridTable model={model} /> : <GridStrips model={model} />}
        </Panel>
        <Causes model={model} />
      </div>
    );
  }
  return <Drawn model={model} count={count} aside={aside} />;
}

function Drawn({ model, count, aside }: { model: GridModel; count: string; aside: ReactNode }) {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  // By name, so that it stays the same cell when a new run moves the columns.
  const [name, setName] = useState(search.cell);
  const [hovered, setHovered] = useState<Cell | null>(null);
  const [selected, setSelected] = useState<Rectangle | null>(null);
  const active = cellNamed(model, name);
  const isPinned = search.pin === 1;
  const keep = (next: Pick<WorkflowSearch, "cell" | "pin">) =>
    navigate({ search: (previous) => ({ ...previous, ...next }) as never, replace: true, resetScroll: false });
  const release = () => {
    setSelected(null);
    if (isPinned) void keep({ pin: undefined } as never);
  };
  const actions: GridActions = {
    onActive: (cell) => setName(nameOf(model, cell)),
    onHover: setHovered,
    onSelect: setSelected,
    onPin: (cell) => {
      const isSame = isPinned && search.cell === nameOf(model, cell);
      setName(nameOf(model, cell));
      void keep(isSame ? ({ cell: search.cell, pin: undefined } as never) : { cell: nameOf(model, cell), pin: 1 });
    },
    onRelease: release,
    onRemember: (cell) => keep({ cell: nameOf(model, cell) }),
  };
  return (
    <div className="grid gap-3 lg:grid-cols-[minmax(0,1fr)_300px] lg:items-start">
      <Panel title="Tests and runs" count={count} aside={aside}>
        {/* The ring lies above what sticks to the edges of the grid. */}
        <div className="relative after:pointer-events-none after:absolute after:inset-0 after:z-30 after:border-accent has-focus-visible:after:border-2">
          <GridCanvas
            model={model}
            size={cellSizes[search.size ?? "m"]}
            active={active}
            hovered={hovered}
            selected={selected}
            actions={actions}
          />
        </div>
        <Legend byDuration={search.colour === "duration"} />
      </Panel>
      <div className="flex flex-col gap-3">
        {selected && <SharedPanel model={model} selected={selected} onClear={() => setSelected(null)} />}
        <CellDetail
          model={model}
          cell={isPinned ? active : (hovered ?? active)}
          isPinned={isPinned}
          onRelease={release}
        />
        <Causes model={model} />
      </div>
    </div>
  );
}

function Legend({ byDuration }: { byDuration: boolean }) {
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
      {byDuration ? (
        <>
          {item("h-2 bg-accent opacity-15", "", "passed as fast as usual")}
          {item("h-4 bg-accent", "", "three times slower")}
        </>
      ) : (
        item("h-2.5 bg-pass opacity-55", "", "passed")
      )}
      {item("h-0.5 bg-skip", "", "skipped")}
      <span className="ml-auto max-md:hidden">
        <Key name="h j k l" /> move · <Key name="n" /> next failure · <Key name="Space" /> pin · <Key name="Enter" />{" "}
        open · drag to see what cells share
      </span>
    </div>
  );
}

function Key({ name }: { name: string }) {
  return <kbd className="rounded border border-line bg-raised px-1 font-mono text-xs">{name}</kbd>;
}

const kindWords: Record<CauseKind, { label: string; tone: Tone; meaning: string }> = {
  new: { label: "new", tone: "fail", meaning: "First seen in the newest five runs in view, and not over" },
  ongoing: { label: "ongoing", tone: "fail", meaning: "Not new, and the tests have not passed since" },
  over: { label: "over", tone: "plain", meaning: "Every test with it has passed since" },
  infra: { label: "infra", tone: "running", meaning: "In runs where everything failed at once: held against no test" },
  flaky: { label: "flaky", tone: "flaky", meaning: "It comes and goes: the same tests pass in between" },
};

function Causes({ model }: { model: GridModel }) {
  const { causes, singles } = model;
  if (causes.length === 0 && singles.cells === 0) return null;
  return (
    <Panel title="Causes in view" count={causes.length}>
      <ul className="max-h-96 overflow-y-auto">
        {causes.map((cause) => (
          <li key={cause.family} className="flex items-start gap-2.5 border-b border-line px-4 py-2 last:border-b-0">
            <span
              aria-hidden
              className="mt-0.5 inline-flex h-4 w-4 shrink-0 items-center justify-center rounded-sm bg-fail text-[10px] font-semibold text-white dark:text-[#1c0506]"
            >
              {cause.letter}
            </span>
            <div className="min-w-0 flex-1">
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
            <Badge tone={kindWords[cause.kind].tone} title={kindWords[cause.kind].meaning}>
              {kindWords[cause.kind].label}
            </Badge>
          </li>
        ))}
        {singles.cells > 0 && (
          <li className="flex items-start gap-2.5 px-4 py-2">
            <span
              aria-hidden
              className="mt-0.5 inline-flex h-4 w-4 shrink-0 items-center justify-center rounded-sm bg-fail text-[10px] font-semibold text-white dark:text-[#1c0506]"
            >
              ×
            </span>
            <p className="min-w-0 flex-1 text-sm">
              single failures
              <span className="block text-faint">
                {plural(singles.tests, "test")}, {plural(singles.cells, "cell")}
              </span>
            </p>
          </li>
        )}
      </ul>
    </Panel>
  );
}

/** What the failing cells in a rectangle have in common. */
function SharedPanel({ model, selected, onClear }: { model: GridModel; selected: Rectangle; onClear: () => void }) {
  const { failing, tests, runs, shared } = sharedBy(model, selected);
  return (
    <Panel
      title="What these share"
      aside={
        <Button variant="quiet" className="-my-1 h-6" onClick={onClear}>
          Clear
        </Button>
      }
    >
      <div className="px-4 py-2" aria-live="polite">
        <p className="text-sm text-muted">
          {plural(failing, "failing cell")} in {plural(tests, "test")} × {plural(runs, "run")}
        </p>
        {failing > 1 && shared.length === 0 && <p className="text-sm text-faint">Nothing that half of them share.</p>}
        <dl className="mt-1 flex flex-col gap-1.5">
          {shared.slice(0, 8).map((one) => (
            <div key={`${one.label} ${one.value}`}>
              <dt className="flex justify-between text-sm text-faint">
                <span>{one.label}</span>
                <span>
                  {formatCount(one.cells)} of {formatCount(failing)}
                </span>
              </dt>
              <dd className="line-clamp-2 text-sm break-words">
                <Name>{one.value}</Name>
              </dd>
            </div>
          ))}
        </dl>
      </div>
    </Panel>
  );
}
