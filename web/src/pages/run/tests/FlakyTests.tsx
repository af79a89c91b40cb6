// Tests of a run that passed only after a failing try: green, and still worth a look.
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { runTestsQuery } from "../../../api/history";
import type { RunDetail, TestResult } from "../../../api/types";
import { formatCount } from "../../../format";
import { TestIcon, TestTitle, VerdictBadge } from "../../../testing/badges";
import { firstLine } from "../../../testing/stack";
import { Duration, ErrorState, Panel, Skeleton } from "../../../ui";

const atMost = 10;

/** The first ten; the rest is a click away. */
export function FlakyTests({ run }: { run: RunDetail }) {
  const list = useInfiniteQuery(runTestsQuery(run.id, { status: "flaky" }));
  const results = list.data?.pages.flatMap((page) => page.tests) ?? [];
  const { flaky } = run.summary.tests;
  // A test that passed only in a later attempt counts as flaky, and has no flaky result of its own.
  if (list.isSuccess && results.length === 0) return null;
  return (
    <Panel
      title="Flaky tests"
      count={formatCount(flaky)}
      aside={
        <Link
          from="/runs/$runId"
          to="."
          search={(previous) => ({ ...previous, tab: "tests" as const, status: "flaky" as const })}
        >
          {results.length > atMost ? `All ${formatCount(flaky)}` : "With their tries"}
        </Link>
      }
    >
      {list.isPending ? (
        <Skeleton rows={Math.min(flaky, atMost)} rowHeight={52} label="Loading flaky tests" />
      ) : list.isError ? (
        <ErrorState title="The flaky tests could not be loaded" error={list.error} onRetry={() => list.refetch()} />
      ) : (
        <ul>
          {results.slice(0, atMost).map((result) => (
            <FlakyRow key={result.id} result={result} />
          ))}
        </ul>
      )}
    </Panel>
  );
}

function FlakyRow({ result }: { result: TestResult }) {
  const failed = result.failure?.tries.find((one) => one.status === "failed");
  const message = firstLine(failed?.message || result.failure?.message || "");
  return (
    <li className="flex items-start gap-2.5 border-b border-line px-4 py-2 last:border-b-0 focus-within:bg-selected hover:bg-raised/60">
      <span className="mt-0.5">
        <TestIcon status="flaky" />
      </span>
      <div className="min-w-0 flex-1">
        <TestTitle test={result} variant={result.variant} to={result.testId} />
        {message && (
          <p className="line-clamp-1 font-mono text-xs break-all text-muted">
            <bdi>{message}</bdi>
          </p>
        )}
      </div>
      <VerdictBadge verdict={result.verdict} />
      <span className="min-w-14 text-right text-faint">
        <Duration ms={result.durationMs} />
      </span>
    </li>
  );
}
