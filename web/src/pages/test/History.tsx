// A test's results, newest first: filters in the address, a strip, the durations, and the table.
import type { InfiniteData, UseInfiniteQueryResult } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { GitBranch, ListX } from "lucide-react";
import type { HistoryEntry, HistoryParameters, TestDetail, TestStatus } from "../../api/types";
import { formatCount } from "../../format";
import { testStatuses } from "../../search";
import { TestIcon, Variant } from "../../testing/badges";
import { OutcomeStrip } from "../../testing/OutcomeStrip";
import { firstLine } from "../../testing/stack";
import { searchWords, statusWords } from "../../testing/words";
import { Badge, Button, type Column, Duration, EmptyState, Name, Panel, Table, Time, visibleName } from "../../ui";
import { Choice } from "../Choice";
import { LoadMore } from "../LoadMore";
import { stripOf, stripsByBranch } from "./chart";
import { DurationChart } from "./DurationChart";

const route = getRouteApi("/tests/$testId");

/** The history of a test. */
export function History({
  test,
  list,
}: {
  test: TestDetail;
  list: UseInfiniteQueryResult<InfiniteData<TestDetail, unknown>>;
}) {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const history = list.data?.pages.flatMap((page) => page.history) ?? [];
  const change = (next: Partial<Record<keyof HistoryParameters, unknown>>) =>
    navigate({ search: { ...search, ...next } as never, replace: true, resetScroll: false });
  const filtered = Object.keys(search).length > 0;
  return (
    <Panel
      title="History"
      count={formatCount(history.length)}
      aside={<OutcomeStrip strip={stripOf(history)} count={48} />}
    >
      <search className="flex flex-wrap items-center gap-2 border-b border-line px-4 py-2">
        <Filters test={test} history={history} search={search} change={change} />
        {filtered && (
          <Button variant="quiet" onClick={() => navigate({ search: {}, replace: true, resetScroll: false })}>
            Clear filters
          </Button>
        )}
      </search>
      {history.length === 0 ? (
        <EmptyState icon={ListX} title={filtered ? "No result matches these filters" : "No results"}>
          {filtered ? "Clear a filter above to see more." : "The runs that had this test are gone."}
        </EmptyState>
      ) : (
        <div className={list.isPlaceholderData ? "opacity-60" : undefined}>
          <BranchStrips history={history} />
          <DurationChart test={test} history={history.slice(0, 200)} />
          <div className="border-t border-line">
            <HistoryTable test={test} history={history} />
          </div>
        </div>
      )}
      <LoadMore list={list} shown={history.length} total={undefined} />
    </Panel>
  );
}

function Filters({
  test,
  history,
  search,
  change,
}: {
  test: TestDetail;
  history: HistoryEntry[];
  search: HistoryParameters;
  change: (next: Partial<Record<keyof HistoryParameters, unknown>>) => void;
}) {
  const workflows = new Map(history.map((entry) => [entry.workflowId, entry.workflowName]));
  const variants = test.variants.map((one) => one.variant).filter(Boolean);
  return (
    <>
      <Choice<TestStatus>
        label="Status"
        value={search.status}
        options={testStatuses.map((status) => [status, statusWords[status].label])}
        onChange={(status) => change({ status })}
      />
      <Choice
        label="Branch"
        value={search.branch}
        options={test.branches.map((branch) => [branch, visibleName(branch)])}
        onChange={(branch) => change({ branch })}
      />
      {(variants.length > 0 || search.variant) && (
        <Choice
          label="Variant"
          value={search.variant}
          options={variants.map((variant) => [variant, visibleName(variant)])}
          onChange={(variant) => change({ variant })}
        />
      )}
      {(workflows.size > 1 || search.workflowId) && (
        <Choice
          label="Workflow"
          value={search.workflowId === undefined ? undefined : String(search.workflowId)}
          options={[...workflows].map(([id, name]) => [String(id), visibleName(name)])}
          onChange={(id) => change({ workflowId: id ? Number(id) : undefined })}
        />
      )}
    </>
  );
}

const mostBranches = 5;

/** The strip of each branch, where there are several. */
function BranchStrips({ history }: { history: HistoryEntry[] }) {
  const strips = stripsByBranch(history, mostBranches);
  if (strips.length < 2) return null;
  return (
    <dl className="grid grid-cols-[minmax(0,auto)_minmax(0,1fr)] items-center gap-x-4 gap-y-1 border-b border-line px-4 py-2">
      {strips.map(({ branch, strip, results }) => (
        <div key={branch} className="contents">
          <dt className="max-w-[28ch] truncate text-sm">
            <Link
              to="."
              search={((old: HistoryParameters) => ({ ...old, branch })) as never}
              replace
              resetScroll={false}
            >
              <Name>{branch}</Name>
            </Link>{" "}
            <span className="text-faint">{formatCount(results)}</span>
          </dt>
          <dd className="overflow-hidden">
            <OutcomeStrip strip={strip} count={Math.min(100, Math.max(24, strip.length))} />
          </dd>
        </div>
      ))}
    </dl>
  );
}

const columns: Column[] = [
  { label: "Result" },
  { label: "Branch and commit", from: "md" },
  { label: "Took", align: "right" },
  { label: "Age", align: "right" },
];

function HistoryTable({ test, history }: { test: TestDetail; history: HistoryEntry[] }) {
  return (
    <Table columns={columns}>
      {history.map((entry) => (
        <HistoryRow key={entry.resultId} test={test} entry={entry} />
      ))}
    </Table>
  );
}

function HistoryRow({ test, entry }: { test: TestDetail; entry: HistoryEntry }) {
  const { run } = entry;
  const message = firstLine(entry.message ?? "");
  return (
    <tr className="h-11 border-b border-line align-top last:border-b-0 focus-within:bg-selected hover:bg-raised/60">
      <td className="max-w-[70ch] py-1.5 pr-3 pl-4">
        <div className="flex items-start gap-2.5">
          <span className="mt-0.5">
            <TestIcon status={entry.status} size={16} />
          </span>
          <div className="min-w-0">
            <div className="flex flex-wrap items-center gap-x-2 gap-y-1">
              <Link
                to="/runs/$runId"
                params={{ runId: String(run.id) }}
                search={{
                  tab: "tests",
                  q: searchWords(test.name),
                  result: entry.resultId,
                  ...(entry.attempt === null ? {} : { attempt: entry.attempt }),
                }}
                data-row
                className="leading-6 font-medium"
              >
                {statusWords[entry.status].label} in #{run.runNumber}
              </Link>
              <Link
                to="/workflows/$workflowId"
                params={{ workflowId: String(entry.workflowId) }}
                className="max-w-[32ch] truncate text-sm leading-6 text-faint"
              >
                <Name>{entry.workflowName}</Name>
              </Link>
              {entry.attempt !== null && entry.attempt > 1 && <Badge>attempt {entry.attempt}</Badge>}
              {entry.tries > 1 && <span className="text-sm text-faint">{entry.tries} tries</span>}
              <Variant variant={entry.variant} />
              {entry.fork && <Badge tone="flaky">fork</Badge>}
              {entry.guarded && (
                <Badge title="Its job was cancelled, its runner was lost, or everything failed at once: not held against the test">
                  no evidence
                </Badge>
              )}
            </div>
            {message && (
              <p className="mt-0.5 font-mono text-xs text-muted">
                {entry.familyId === null ? (
                  <span className="line-clamp-1 leading-6 break-all">
                    <bdi>{message}</bdi>
                  </span>
                ) : (
                  <Link
                    to="/failures/$familyId"
                    params={{ familyId: String(entry.familyId) }}
                    className="line-clamp-1 leading-6 break-all"
                  >
                    <bdi>{message}</bdi>
                  </Link>
                )}
              </p>
            )}
          </div>
        </div>
      </td>
      <td className="px-3 py-1.5 max-md:hidden">
        <div className="flex max-w-[26ch] items-center gap-1 truncate text-sm">
          <GitBranch aria-hidden size={12} className="shrink-0 text-faint" />
          <span className="truncate">
            <Name>{run.branch}</Name>
          </span>
        </div>
        <div className="max-w-[40ch] truncate text-sm text-faint">
          <span className="font-mono text-xs">{run.headSha.slice(0, 7)}</span>{" "}
          <Name>{firstLine(run.commitMessage)}</Name>
        </div>
      </td>
      <td className="px-3 py-1.5 text-right">
        <Duration ms={entry.durationMs} />
      </td>
      <td className="py-1.5 pr-4 pl-3 text-right text-faint">
        <Time at={run.createdAt} />
      </td>
    </tr>
  );
}
