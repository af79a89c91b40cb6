// One family of failures: its message, the tests and the runs that have it.
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { ApiError } from "../../api/client";
import { familyQuery } from "../../api/history";
import type { FamilyDetail, FamilyRun, FamilyTest, LogFailure } from "../../api/types";
import { formatCount, plural } from "../../format";
import { idOf } from "../../search";
import { NotFound } from "../../shell/NotFound";
import { usePageTitle } from "../../shell/usePageTitle";
import { TestTitle, VerdictBadge } from "../../testing/badges";
import { plainText } from "../../testing/stack";
import { Verbatim } from "../../testing/Verbatim";
import { searchWords } from "../../testing/words";
import { Badge, ErrorState, Facts, Name, Panel, Skeleton, Time } from "../../ui";
import { RunRefLine } from "../RunRefs";
import { FamilyBadges } from "./FailuresPage";

const route = getRouteApi("/failures/$familyId");

/** The page of a family. */
export function FamilyPage() {
  const id = idOf(route.useParams().familyId);
  return id === null ? <NotFound what="failure" /> : <LoadedFamily key={id} id={id} />;
}

function LoadedFamily({ id }: { id: number }) {
  const { data: family, error, refetch } = useQuery(familyQuery(id));
  usePageTitle(family && `${plainText(family.title)} · Failures`);
  if (error instanceof ApiError && error.status === 404) return <NotFound what="failure" />;
  if (family) return <FamilyView family={family} />;
  return (
    <>
      <h1 className="mb-3 text-xl font-semibold">Failure</h1>
      <Panel title="Failure">
        {error ? (
          <ErrorState title="The failure could not be loaded" error={error} onRetry={() => refetch()} />
        ) : (
          <Skeleton rows={8} label="Loading the failure" />
        )}
      </Panel>
    </>
  );
}

function FamilyView({ family }: { family: FamilyDetail }) {
  return (
    <div className="flex flex-col gap-4">
      <header className="flex flex-col gap-2">
        <nav aria-label="Breadcrumb" className="text-sm text-faint">
          <Link to="/failures">Failures</Link> / <span>{family.repository}</span>
        </nav>
        <h1 className="line-clamp-6 font-mono text-lg font-semibold break-words">
          <bdi>{plainText(family.title) || "(no message)"}</bdi>
        </h1>
        <p className="flex flex-wrap items-center gap-2 text-sm text-faint empty:hidden">
          <FamilyBadges family={family} />
        </p>
      </header>
      <WhatItSays family={family} />
      {family.failingTests.length > 0 && (
        <Panel title="Tests with it" count={shownOf(family.failingTests.length, family.tests)}>
          <ul>
            {family.failingTests.map((test) => (
              <FamilyTestRow key={test.id} test={test} />
            ))}
          </ul>
        </Panel>
      )}
      <Panel title="Runs with it" count={shownOf(family.failingRuns.length, family.runs)}>
        {family.failingRuns.length === 0 ? (
          <p className="px-4 py-3 text-faint">No run is left that has it.</p>
        ) : (
          <ul>
            {family.failingRuns.map((run) => (
              <FamilyRunRow key={run.id} run={run} />
            ))}
          </ul>
        )}
      </Panel>
      {family.logFailures.length > 0 && (
        <Panel
          title="In logs"
          count={family.logFailures.length}
          aside="Found in the logs of those runs, without a report"
        >
          <ul>
            {family.logFailures.map((failure) => (
              <LogRow key={`${failure.jobId} ${failure.line}`} failure={failure} />
            ))}
          </ul>
        </Panel>
      )}
    </div>
  );
}

function WhatItSays({ family }: { family: FamilyDetail }) {
  const { branches } = family;
  return (
    <Panel title="What it says">
      <div className="flex flex-col gap-4 p-4">
        <Facts
          facts={[
            ["Runs", formatCount(family.runs)],
            ["Tests", family.tests === 0 ? "from logs alone" : formatCount(family.tests)],
            ["Branches", formatCount(family.branchCount)],
            ["First seen", <RunTime key="first" runId={family.firstRunId} at={family.firstSeenAt} />],
            ["Last seen", <RunTime key="last" runId={family.lastRunId} at={family.lastSeenAt} />],
          ]}
        />
        {family.message && (
          <Verbatim
            label="Message of the newest failure"
            text={family.message.trim()}
            className="max-h-80 rounded-md border border-fail/40 bg-fail-soft px-3 py-2 text-sm text-fail-text"
          />
        )}
        {(branches.length > 0 || family.pullRequests.length > 0) && (
          <p className="text-sm break-words text-muted">
            {branches.length > 0 && (
              <>
                On{" "}
                {branches.map((branch, index) => (
                  <span key={branch}>
                    {index > 0 && ", "}
                    <Link to="/failures" search={{ branch }} title="Failures on this branch">
                      <Name>{branch}</Name>
                    </Link>
                  </span>
                ))}
                {family.branchCount > branches.length &&
                  ` and ${formatCount(family.branchCount - branches.length)} more`}
                .
              </>
            )}
            {family.pullRequests.length > 0 &&
              ` Pull requests ${family.pullRequests.map((number) => `#${number}`).join(", ")}.`}
          </p>
        )}
      </div>
    </Panel>
  );
}

function LogRow({ failure }: { failure: LogFailure }) {
  return (
    <li className="flex flex-col gap-1.5 border-b border-line px-4 py-2.5 last:border-b-0">
      <p className="flex flex-wrap items-center gap-x-2 text-sm text-muted">
        <Name>{failure.jobName}</Name>
        {failure.step && (
          <span>
            › <Name>{failure.step}</Name>
          </span>
        )}
        <span className="text-faint">line {formatCount(failure.line)}</span>
        <Badge tone="flaky">from the log</Badge>
        {failure.tool && <Badge>{failure.tool}</Badge>}
        <Link
          to="/runs/$runId/jobs/$jobId"
          params={{ runId: String(failure.runId), jobId: String(failure.jobId) }}
          hash={`L${failure.line}`}
        >
          Open the log
        </Link>
      </p>
      <Verbatim
        label={`Log of ${failure.jobName}, job ${failure.jobId}, from line ${failure.line}`}
        text={(failure.excerpt || failure.message).trimEnd()}
        className="max-h-40 rounded-md border border-line bg-raised px-3 py-2 text-xs leading-5"
      />
    </li>
  );
}

function FamilyTestRow({ test }: { test: FamilyTest }) {
  return (
    <li className="flex flex-wrap items-center gap-x-6 gap-y-1 border-b border-line px-4 py-2 last:border-b-0 focus-within:bg-selected hover:bg-raised/60">
      <div className="min-w-0 flex-1 basis-72">
        <TestTitle test={test} to={test.id} />
      </div>
      <VerdictBadge verdict={test.verdict} />
      <span className="text-sm text-muted">{plural(test.failures, "failure")}</span>
      <Link
        to="/runs/$runId"
        params={{ runId: String(test.lastRunId) }}
        search={{ tab: "tests", q: searchWords(test.name), result: test.lastResultId }}
        className="text-sm"
      >
        last <Time at={test.lastSeenAt} />
      </Link>
    </li>
  );
}

function FamilyRunRow({ run }: { run: FamilyRun }) {
  return (
    <li className="border-b border-line px-4 py-1.5 last:border-b-0 focus-within:bg-selected hover:bg-raised/60">
      <RunRefLine run={run} />
      <p className="flex flex-wrap items-center gap-x-2 pl-[26px] text-sm text-faint">
        <Link
          to="/workflows/$workflowId"
          params={{ workflowId: String(run.workflowId) }}
          className="inline-flex min-h-6 items-center"
        >
          <Name>{run.workflowName}</Name>
        </Link>
        <span>{run.event.replaceAll("_", " ")}</span>
        {run.pullRequests.map((number) => (
          <span key={number}>#{number}</span>
        ))}
        {run.fork && <Badge tone="flaky">fork</Badge>}
        <span>{run.tests === 0 ? "known from its logs" : plural(run.tests, "test")}</span>
      </p>
    </li>
  );
}

function shownOf(shown: number, total: number): string {
  return shown < total ? `newest ${formatCount(shown)} of ${formatCount(total)}` : formatCount(shown);
}

function RunTime({ runId, at }: { runId: number; at: string }) {
  return (
    <Link to="/runs/$runId" params={{ runId: String(runId) }}>
      <Time at={at} />
    </Link>
  );
}
