// One test over all runs: the verdict with its proof, since when it fails, and its history.
import { useInfiniteQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { ApiError } from "../../api/client";
import { testQuery } from "../../api/history";
import type { TestDetail } from "../../api/types";
import { formatCount, formatRate } from "../../format";
import { idOf } from "../../search";
import { NotFound } from "../../shell/NotFound";
import { usePageTitle } from "../../shell/usePageTitle";
import { VerdictBadge } from "../../testing/badges";
import { suiteOf, verdictWords } from "../../testing/words";
import { Duration, ErrorState, Facts, Name, Panel, Skeleton, Time } from "../../ui";
import { Causes } from "./Causes";
import { CopyTest } from "./CopyTest";
import { History } from "./History";
import { Proofs } from "./Proofs";
import { SinceView } from "./SinceView";
import { Variants } from "./Variants";

const route = getRouteApi("/tests/$testId");

/** The page of a test. */
export function TestPage() {
  const id = idOf(route.useParams().testId);
  return id === null ? <NotFound what="test" /> : <LoadedTest key={id} id={id} />;
}

function LoadedTest({ id }: { id: number }) {
  const search = route.useSearch();
  const list = useInfiniteQuery(testQuery(id, search));
  const test = list.data?.pages[0];
  usePageTitle(test?.name);
  if (list.error instanceof ApiError && list.error.status === 404) return <NotFound what="test" />;
  if (!test) {
    return (
      <>
        <h1 className="mb-3 text-xl font-semibold">Test</h1>
        <Panel title="Test">
          {list.error ? (
            <ErrorState title="The test could not be loaded" error={list.error} onRetry={() => list.refetch()} />
          ) : (
            <Skeleton rows={10} label="Loading the test" />
          )}
        </Panel>
      </>
    );
  }
  return (
    <div className="flex flex-col gap-4">
      <Head test={test} />
      <VerdictPanel test={test} />
      {test.failingSince && <SinceView since={test.failingSince} />}
      {test.families.length > 0 && <Causes test={test} />}
      {(test.variants.length > 1 || test.variants[0]?.variant) && <Variants test={test} />}
      <History test={test} list={list} />
    </div>
  );
}

function Head({ test }: { test: TestDetail }) {
  const suite = suiteOf(test);
  return (
    <header className="flex flex-col gap-1">
      <nav aria-label="Breadcrumb" className="text-sm break-words text-faint">
        <Link to="/tests">Tests</Link> / <span>{test.repository}</span>
      </nav>
      {suite && (
        <p className="line-clamp-3 break-words text-muted">
          <Name>{suite}</Name>
        </p>
      )}
      <div className="flex flex-wrap items-start justify-between gap-x-4 gap-y-2">
        <h1 className="line-clamp-6 min-w-0 text-xl font-semibold break-words">
          <Name>{test.name}</Name>
        </h1>
        <CopyTest test={test} />
      </div>
      <p className="flex flex-wrap gap-x-4 gap-y-0.5 text-sm text-faint">
        {test.file && (
          <span className="line-clamp-2 font-mono text-xs break-all">
            <Name>{test.file}</Name>
          </span>
        )}
        {test.className && test.className !== test.suite && (
          <span className="line-clamp-2 break-all">
            <Name>{test.className}</Name>
          </span>
        )}
        <span>
          first seen <Time at={test.firstSeenAt} />, last <Time at={test.lastSeenAt} />
        </span>
      </p>
    </header>
  );
}

function Cost({ ms }: { ms: number }) {
  return (
    <span title="The durations of the runs in which it failed, together">
      <Duration ms={ms} /> of runs
    </span>
  );
}

const edges: Record<string, string> = {
  fail: "border-l-fail",
  flaky: "border-l-flaky",
  pass: "border-l-pass",
  running: "border-l-running",
  plain: "border-l-skip",
};

function VerdictPanel({ test }: { test: TestDetail }) {
  const { judgement, durations } = test;
  const { tone, meaning } = verdictWords[judgement.verdict];
  return (
    <section
      aria-label="Verdict"
      className={`overflow-hidden rounded-lg border border-l-[3px] border-line bg-panel ${edges[tone]}`}
    >
      <div className="flex flex-col gap-3 px-4 py-3">
        <div>
          <p className="flex flex-wrap items-baseline gap-x-2.5 gap-y-1">
            <VerdictBadge verdict={judgement.verdict} />
            <span className="min-w-0 font-medium break-words">
              <Name>{judgement.reason || `${meaning}.`}</Name>
            </span>
          </p>
          <p className="mt-0.5 text-sm text-faint">
            {meaning}.{" "}
            {judgement.since && (
              <>
                The verdict stands since <Time at={judgement.since} />.{" "}
              </>
            )}
            Judged by algorithm {judgement.algorithm}.
          </p>
        </div>
        <Facts
          facts={[
            ["Failures that count, 30 days", formatCount(judgement.recentFailures)],
            ["All failures", `${formatCount(test.failures)} of ${formatCount(test.results)}`],
            ["Flaky results", formatCount(test.flakyResults)],
            ["Flips on the default branch", formatCount(judgement.flips)],
            ...(test.impactMs > 0
              ? [["Cost in 30 days", <Cost key="cost" ms={test.impactMs} />] as [string, ReactNode]]
              : []),
            [
              "Contradicted itself",
              judgement.sources > 0
                ? `on ${formatCount(judgement.mixedSources)} of ${formatCount(judgement.sources)} (${formatRate(judgement.flakeRate)})`
                : "–",
            ],
            ...(judgement.passesNeeded === null
              ? []
              : [["Passes still needed", formatCount(judgement.passesNeeded)] as [string, string]]),
            ["Median", <Duration key="p50" ms={durations.p50Ms} />],
            ["p95", <Duration key="p95" ms={durations.p95Ms} />],
            ["Slowest", <Duration key="max" ms={durations.maxMs} />],
          ]}
        />
      </div>
      {judgement.proof.length > 0 && <Proofs test={test} proofs={judgement.proof} />}
    </section>
  );
}
