// All tests of a run: failed ones first, filters in the address, each result opens in place; below them the reports.
import { useInfiniteQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { ChevronRight, FlaskConical, ListX, X } from "lucide-react";
import { runTestsQuery } from "../../../api/history";
import type {
  Novelty,
  RunDetail,
  RunTests,
  RunTestsParameters,
  TestReport,
  TestResult,
  TestStatus,
} from "../../../api/types";
import { type RunSearch, testStatuses } from "../../../search";
import { NoveltyBadge, TestCounts, TestIcon, Variant, VerdictBadge } from "../../../testing/badges";
import type { Comparing } from "../../../testing/FailureFiles";
import { FailureView, ResultActions } from "../../../testing/FailureView";
import { firstLine } from "../../../testing/stack";
import { TestPast } from "../../../testing/TestPast";
import { noveltyWords, reportName, stateWords, statusWords, suiteOf } from "../../../testing/words";
import { Button, Duration, EmptyState, Name, Panel, visibleName } from "../../../ui";
import { Choice } from "../../Choice";
import { PagedPanel } from "../../PagedPanel";
import { SearchField } from "../../SearchField";
import { LogFailures } from "./LogFailures";
import { Coverage, ReportsPanel } from "./ReportsPanel";

const route = getRouteApi("/runs/$runId");

/** The filters of the tests tab as the API wants them. */
export function runTestsParameters(search: RunSearch, attempt: number | undefined): RunTestsParameters {
  const { status, q, suite, novelty, report } = search;
  return {
    ...(attempt === undefined ? {} : { attempt }),
    ...(status ? { status } : {}),
    ...(q ? { q } : {}),
    ...(suite ? { suite } : {}),
    ...(novelty ? { novelty } : {}),
    ...(report ? { reportId: report } : {}),
  };
}

const isFiltered = ({ status, q, suite, novelty, report }: RunSearch) =>
  Boolean(status || q || suite || novelty || report);

/** The tab. */
export function TestsTab({ run, attempt }: { run: RunDetail; attempt: number | undefined }) {
  const search = route.useSearch();
  const list = useInfiniteQuery(runTestsQuery(run.id, runTestsParameters(search, attempt)));
  const first = list.data?.pages[0];
  const results = list.data?.pages.flatMap((page) => page.tests) ?? [];
  const reports = first?.reports ?? [];
  return (
    <div className="flex flex-col gap-4">
      <Filters search={search} reports={reports} />
      <PagedPanel
        title="Tests"
        aside={first && <TestCounts totals={first.totals} />}
        list={list}
        items="tests"
        rowHeight={44}
        shown={results.length}
        empty={<NoTests run={run} filtered={isFiltered(search)} page={first} />}
      >
        <ul>
          {results.map((result) => (
            <ResultItem key={result.id} result={result} run={run} isOpen={isOpen(result, results, search)} />
          ))}
        </ul>
      </PagedPanel>
      {first && first.logFailures.length > 0 && !isFiltered(search) && (
        <LogFailures run={run} failures={first.logFailures} />
      )}
      {first?.totals.coverage && (
        <Panel title="Coverage">
          <div className="px-4 py-3">
            <Coverage coverage={first.totals.coverage} />
          </div>
        </Panel>
      )}
      <ReportsPanel run={run} reports={reports} />
    </div>
  );
}

function isOpen(result: TestResult, all: TestResult[], search: RunSearch): boolean {
  if (search.result) return result.id === search.result;
  return search.test !== undefined && all.find((one) => one.testId === search.test) === result;
}

function Filters({ search, reports }: { search: RunSearch; reports: TestReport[] }) {
  const navigate = route.useNavigate();
  const change = (next: Partial<RunSearch>) =>
    navigate({
      search: (previous) => ({ ...previous, ...next, result: undefined, test: undefined }) as never,
      replace: true,
      resetScroll: false,
    });
  const counted = reports.filter((report) => report.kind === "tests" && report.total > 0);
  return (
    <search className="flex flex-wrap items-center gap-2">
      <SearchField label="Search tests" value={search.q ?? ""} onChange={(q) => change({ q })} />
      <Choice<TestStatus>
        label="Status"
        value={search.status}
        options={testStatuses.map((status) => [status, statusWords[status].label])}
        onChange={(status) => change({ status } as Partial<RunSearch>)}
      />
      <Choice<Novelty>
        label="Failure"
        value={search.novelty}
        options={[
          ["new", noveltyWords.new.label],
          ["known", noveltyWords.known.label],
          ["flaky", noveltyWords.flaky.label],
        ]}
        onChange={(novelty) => change({ novelty } as Partial<RunSearch>)}
      />
      {(counted.length > 1 || search.report) && (
        <Choice
          label="Report"
          value={search.report === undefined ? undefined : String(search.report)}
          options={counted.map((report) => [
            String(report.id),
            visibleName(`${report.artifactName}: ${reportName(report)}`),
          ])}
          onChange={(report) => change({ report: report ? Number(report) : undefined } as Partial<RunSearch>)}
        />
      )}
      {search.suite && (
        <Button
          onClick={() => change({ suite: undefined } as Partial<RunSearch>)}
          aria-label={`Remove filter suite ${visibleName(search.suite)}`}
        >
          suite{" "}
          <span className="max-w-60 truncate">
            <Name>{search.suite}</Name>
          </span>{" "}
          <X aria-hidden size={13} />
        </Button>
      )}
      {isFiltered(search) && (
        <Button
          variant="quiet"
          onClick={() =>
            change({
              q: undefined,
              status: undefined,
              suite: undefined,
              novelty: undefined,
              report: undefined,
            } as never)
          }
        >
          Clear filters
        </Button>
      )}
    </search>
  );
}

function NoTests({ run, filtered, page }: { run: RunDetail; filtered: boolean; page: RunTests | undefined }) {
  if (filtered) {
    return (
      <EmptyState icon={ListX} title="No test matches these filters">
        {page && !page.totalIsExact
          ? "A search looks through a bounded number of tests; a longer text, or a status, narrows it."
          : "Clear a filter above to see more."}
      </EmptyState>
    );
  }
  const totals = page?.totals ?? run.summary.tests;
  return (
    <EmptyState icon={FlaskConical} title="No tests here">
      {totals.problem ?? stateWords[totals.state].meaning}
      {totals.state === "none" &&
        " Greenroom reads JUnit XML, TRX, TAP, Playwright, Jest, go test and many other reports out of any uploaded artifact."}
    </EmptyState>
  );
}

function ResultItem({ result, run, isOpen }: { result: TestResult; run: RunDetail; isOpen: boolean }) {
  const suite = suiteOf(result);
  const message = result.status === "passed" ? "" : firstLine(result.failure?.message ?? "");
  return (
    <li className="border-b border-line last:border-b-0">
      <div className="flex min-h-11 items-start gap-2.5 px-4 py-1.5 focus-within:bg-selected">
        <span className="mt-0.5">
          <TestIcon status={result.status} />
        </span>
        <div className="min-w-0 flex-1">
          <Link
            from="/runs/$runId"
            to="."
            search={(previous) => ({ ...previous, result: isOpen ? undefined : result.id, test: undefined }) as never}
            replace
            resetScroll={false}
            data-row
            aria-expanded={isOpen}
            className="inline-flex min-h-6 max-w-full items-start gap-1 font-medium"
          >
            <span className="line-clamp-3 min-w-0 break-words">
              <Name>{result.name}</Name>
            </span>
            <ChevronRight
              aria-hidden
              size={14}
              className={`mt-0.5 shrink-0 text-faint transition-transform ${isOpen ? "rotate-90" : ""}`}
            />
          </Link>
          <div className="flex flex-wrap items-center gap-x-2 text-sm text-faint">
            {suite && (
              <Link
                from="/runs/$runId"
                to="."
                search={(previous) => ({ ...previous, suite: result.suite || undefined }) as never}
                replace
                resetScroll={false}
                title="Only this suite"
                className="line-clamp-2 min-w-0 leading-6 break-words"
              >
                <Name>{suite}</Name>
              </Link>
            )}
            <Variant variant={result.variant} />
            {result.tries > 1 && <span>{result.tries} tries</span>}
          </div>
          {message && !isOpen && (
            <p className="line-clamp-1 font-mono text-xs break-all text-muted">
              <bdi>{message}</bdi>
            </p>
          )}
        </div>
        <span className="flex shrink-0 flex-wrap items-center justify-end gap-x-2 max-sm:flex-col max-sm:items-end">
          {result.novelty && <NoveltyBadge novelty={result.novelty} testId={result.testId} />}
          {/* Only what is odd about a test; a flaky failure of a flaky test is not said twice. */}
          {result.verdict !== "healthy" && result.verdict !== "notEnoughData" && result.novelty !== "flaky" && (
            <VerdictBadge verdict={result.verdict} />
          )}
          <span className="min-w-14 text-right text-faint">
            <Duration ms={result.durationMs} />
          </span>
        </span>
      </div>
      {isOpen && <OpenResult result={result} run={run} />}
    </li>
  );
}

function OpenResult({ result, run }: { result: TestResult; run: RunDetail }) {
  const { mode } = route.useSearch();
  const navigate = route.useNavigate();
  const comparing: Comparing = {
    mode,
    onMode: (next) =>
      void navigate({ search: (previous) => ({ ...previous, mode: next }), replace: true, resetScroll: false }),
  };
  return (
    <div className="flex flex-col gap-3 border-t border-line bg-bg/50 px-4 py-3">
      <div className="flex flex-wrap items-center gap-2">
        {result.file && (
          <span className="mr-auto line-clamp-2 font-mono text-xs break-all text-muted">
            <Name>{result.file}</Name>
            {result.line !== null && `:${result.line}`}
          </span>
        )}
        <ResultActions result={result} run={run} />
      </div>
      <TestPast testId={result.testId} />
      {result.failure ? (
        <FailureView
          failure={result.failure}
          file={result.file}
          line={result.line}
          comparing={comparing}
          quiet={result.status !== "failed"}
        />
      ) : (
        <p className="text-muted">
          {result.status === "failed"
            ? "The report says that it failed, and not why."
            : `It ${result.status === "skipped" ? "was skipped" : "passed"}; the report says nothing more.`}
        </p>
      )}
    </div>
  );
}
