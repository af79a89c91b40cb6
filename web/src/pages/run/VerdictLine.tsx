// What a run came to, in a sentence: how many tests failed where, how many are news and since when, and what is missing.
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { testQuery } from "../../api/history";
import type { Attempt, Job, RunDetail, Since } from "../../api/types";
import { plural } from "../../format";
import { outcomeOf } from "../../outcome";
import { TestCounts } from "../../testing/badges";
import { Time } from "../../ui";
import type { FoundFailures } from "./failures/useFailures";
import {
  commonSince,
  type FailureNews,
  failedSentence,
  missingSentence,
  newsParts,
  otherJobsSentence,
  verdictOf,
} from "./verdict";

const edges: Record<string, string> = {
  fail: "border-l-fail",
  pass: "border-l-pass",
  running: "border-l-running",
};

/** The box below the head. */
export function VerdictLine({
  run,
  shown,
  jobs,
  found,
}: {
  run: RunDetail;
  shown: Attempt | RunDetail;
  jobs: Job[] | undefined;
  found: FoundFailures;
}) {
  const isNewest = shown === run || shown.attempt === run.attempt;
  const missing = missingSentence(run.artifacts);
  const total = found.list.data?.pages.at(-1)?.total ?? 0;
  const failed = isNewest ? run.summary.tests.failed : total;
  const news: FailureNews = { failed, results: found.results, jobs };
  const { error, attempts, nextRetryAt } = run.processing;
  return (
    <div
      className={`rounded-lg border border-l-[3px] border-line bg-panel px-4 py-2.5 ${edges[outcomeOf(shown)] ?? "border-l-skip"}`}
    >
      <div className="flex flex-wrap items-baseline justify-between gap-x-6 gap-y-1">
        <p className="min-w-0 break-words">
          {failed > 0 ? (
            <>
              {run.status !== "completed" && <bdi>{verdictOf(shown, jobs)} </bdi>}
              <strong className="font-semibold">{failedSentence(news)}</strong> <News news={news} run={run} />{" "}
              {run.status === "completed" && <bdi>{otherJobsSentence(news)}</bdi>}
            </>
          ) : (
            <bdi className="font-medium">{verdictOf(shown, jobs)}</bdi>
          )}
        </p>
        {isNewest && run.summary.tests.total > 0 && <TestCounts totals={run.summary.tests} words />}
      </div>
      {missing && <p className="text-sm text-muted">{missing}</p>}
      {error && (
        <p className="text-sm break-words text-fail-text">
          Mirroring this run failed: {error} ({attempts === 1 ? "1 try" : `${attempts} tries`}
          {nextRetryAt ? (
            <>
              , next <Time at={nextRetryAt} />
            </>
          ) : (
            ", Refresh tries again"
          )}
          )
        </p>
      )}
    </div>
  );
}

function News({ news, run }: { news: FailureNews; run: RunDetail }) {
  const [first, ...rest] = newsParts(news);
  if (!first) return null;
  // Two tests that agree say enough; each costs a request that the list below it makes anyway.
  const ids = [...new Set(first.results.map((result) => result.testId))].slice(0, 2);
  return (
    <span className="text-muted">
      {first.text}
      <SinceOf ids={ids} run={run} />
      {rest.map((part) => `; ${part.text}`)}.
    </span>
  );
}

function SinceOf({ ids, run }: { ids: number[]; run: RunDetail }) {
  const first = useInfiniteQuery({ ...testQuery(ids[0] ?? 0), enabled: ids[0] !== undefined });
  const second = useInfiniteQuery({ ...testQuery(ids[1] ?? 0), enabled: ids[1] !== undefined });
  const asked = ids[1] === undefined ? [first] : [first, second];
  const since = commonSince(
    asked.map((query) => query.data?.pages[0]?.failingSince),
    run.runNumber,
  );
  return since && <SinceWords since={since} run={run} />;
}

function SinceWords({ since, run }: { since: Since; run: RunDetail }) {
  const { firstRed, commits } = since;
  if (!firstRed) return null;
  const suspects = commits.length > 1 ? `, ${plural(commits.length, "commit")} suspected` : "";
  return (
    <>
      {firstRed.id === run.id ? (
        " since this run"
      ) : (
        <>
          {" since "}
          <Link to="/runs/$runId" params={{ runId: String(firstRed.id) }} className="underline">
            #{firstRed.runNumber}
          </Link>
        </>
      )}{" "}
      (<span className="font-mono text-xs">{firstRed.headSha.slice(0, 7)}</span>
      {suspects})
    </>
  );
}
