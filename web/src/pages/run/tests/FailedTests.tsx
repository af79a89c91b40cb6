// The first thing to see of a failed run: its failed tests by cause, and beside the list the one looked at.
import { type UseInfiniteQueryResult, useInfiniteQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import clsx from "clsx";
import { ChevronDown, ChevronUp } from "lucide-react";
import type { ComponentProps } from "react";
import { runTestsQuery } from "../../../api/history";
import type { RunDetail, RunTests, TestResult } from "../../../api/types";
import { formatCount } from "../../../format";
import { NoveltyBadge, TestIcon, Variant } from "../../../testing/badges";
import { FailureView, ResultHead } from "../../../testing/FailureView";
import { firstLine } from "../../../testing/stack";
import { TestPast } from "../../../testing/TestPast";
import { suiteOf } from "../../../testing/words";
import { Duration, ErrorState, Name, Panel, Skeleton, visibleName } from "../../../ui";
import { LoadMore } from "../../LoadMore";
import { Siblings } from "../../Siblings";
import { byCause, type Cause, chosen, noveltySentence } from "./groups";
import { LogFailures } from "./LogFailures";

const route = getRouteApi("/runs/$runId");

type Listed = UseInfiniteQueryResult<{ pages: RunTests[] }>;

/** Failed tests of the attempt looked at, then what only its logs tell of. */
export function FailedTests({ run, attempt }: { run: RunDetail; attempt: number | undefined }) {
  const list = useInfiniteQuery(
    runTestsQuery(run.id, { status: "failed", ...(attempt === undefined ? {} : { attempt }) }),
  );
  const expected = run.summary.tests.failed;
  if (list.isPending) {
    return expected > 0 ? (
      <Panel title="Failed tests" count={formatCount(expected)} tone="fail">
        <Skeleton rows={6} rowHeight={52} label="Loading failed tests" />
      </Panel>
    ) : null;
  }
  if (list.isError && !list.data) {
    return (
      <Panel title="Failed tests">
        <ErrorState title="The failed tests could not be loaded" error={list.error} onRetry={() => list.refetch()} />
      </Panel>
    );
  }
  const results = list.data?.pages.flatMap((page) => page.tests) ?? [];
  const fromLogs = list.data?.pages[0]?.logFailures ?? [];
  return (
    <>
      {results.length > 0 && <FailedPanel run={run} list={list} results={results} />}
      {fromLogs.length > 0 && <LogFailures run={run} failures={fromLogs} />}
    </>
  );
}

function FailedPanel({ run, list, results }: { run: RunDetail; list: Listed; results: TestResult[] }) {
  const last = list.data?.pages.at(-1);
  const total = Math.max(last?.total ?? 0, results.length);
  const selected = chosen(results, route.useSearch());
  const causes = byCause(results);
  const inOrder = causes.flatMap((cause) => cause.results);
  const news = noveltySentence(results, !list.hasNextPage);
  return (
    <Panel
      title="Failed tests"
      count={formatCount(total)}
      tone="fail"
      aside={
        <>
          {news && <span>{news}</span>}
          <Link from="/runs/$runId" to="." search={(previous) => ({ ...previous, tab: "tests" as const })}>
            All {formatCount(run.summary.tests.total)} tests
          </Link>
        </>
      }
    >
      <div
        className={clsx(
          results.length > 1 && "lg:grid lg:grid-cols-[minmax(260px,360px)_minmax(0,1fr)] lg:items-stretch",
        )}
      >
        {results.length > 1 && (
          <nav
            aria-label="Failed tests by cause"
            className="max-h-72 overflow-y-auto border-line max-lg:border-b lg:max-h-[720px] lg:border-r"
          >
            {causes.map((cause) => (
              <CauseGroup key={cause.results[0]?.id} cause={cause} selected={selected} />
            ))}
            <LoadMore list={list} shown={results.length} total={formatCount(total)} />
          </nav>
        )}
        {selected && (
          <section aria-label="Failure" className="flex min-w-0 flex-col gap-4 p-4">
            <ResultHead
              result={selected}
              run={run}
              aside={
                <Siblings
                  label="Previous and next failure"
                  noun="failure"
                  all={inOrder}
                  index={inOrder.indexOf(selected)}
                  icons={{ previous: ChevronUp, next: ChevronDown }}
                  nameOf={(result) => result.name}
                  link={(result, look) => <ResultLink result={result} {...look} />}
                />
              }
            />
            <TestPast testId={selected.testId} />
            {selected.failure ? (
              <FailureView failure={selected.failure} />
            ) : (
              <p className="text-muted">The report says that it failed, and not why.</p>
            )}
          </section>
        )}
      </div>
    </Panel>
  );
}

function CauseGroup({ cause, selected }: { cause: Cause; selected: TestResult | undefined }) {
  const [first] = cause.results;
  const several = cause.results.length > 1;
  return (
    <div>
      {several && (
        <p className="flex items-start gap-2 border-b border-line bg-raised/40 px-4 py-2 font-mono text-xs text-muted">
          <span className="shrink-0 font-semibold text-fail-text">{cause.results.length}×</span>
          <span className="line-clamp-2 min-w-0 break-words">
            <bdi>{firstLine(first?.failure?.message ?? "") || "The same failure"}</bdi>
          </span>
        </p>
      )}
      <ul>
        {cause.results.map((result) => (
          <FailedItem key={result.id} result={result} isSelected={result === selected} showsMessage={!several} />
        ))}
      </ul>
    </div>
  );
}

function FailedItem({
  result,
  isSelected,
  showsMessage,
}: {
  result: TestResult;
  isSelected: boolean;
  showsMessage: boolean;
}) {
  const message = showsMessage ? firstLine(result.failure?.message ?? "") : "";
  const suite = suiteOf(result);
  return (
    <li className="border-b border-line">
      <ResultLink
        result={result}
        data-row
        aria-current={isSelected ? "true" : undefined}
        className="flex items-start gap-2.5 border-l-[3px] border-transparent py-2 pr-3 pl-3 hover:bg-raised hover:no-underline aria-[current=true]:border-l-accent aria-[current=true]:bg-selected"
      >
        <span className="mt-0.5">
          <TestIcon status={result.status} size={16} />
        </span>
        <span className="min-w-0 flex-1">
          {suite && (
            <span className="block truncate text-sm text-faint" title={visibleName(suite)}>
              <Name>{suite}</Name>
            </span>
          )}
          <span className="line-clamp-2 font-medium break-words">
            <Name>{result.name}</Name>
          </span>
          {message && (
            <span className="block truncate font-mono text-xs text-fail-text">
              <bdi>{message}</bdi>
            </span>
          )}
          <span className="mt-0.5 flex flex-wrap gap-1 empty:hidden">
            <Variant variant={result.variant} />
          </span>
        </span>
        <span className="flex shrink-0 flex-col items-end gap-0.5 text-sm text-faint">
          {result.novelty && <NoveltyBadge novelty={result.novelty} />}
          <Duration ms={result.durationMs} />
        </span>
      </ResultLink>
    </li>
  );
}

function ResultLink({ result, ...look }: { result: TestResult } & ComponentProps<"a">) {
  return (
    <Link
      from="/runs/$runId"
      to="."
      search={(previous) => ({ ...previous, result: result.id, test: undefined }) as never}
      replace
      resetScroll={false}
      {...look}
    />
  );
}
