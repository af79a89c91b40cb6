// What there is to know of a run besides its failures: jobs, artifacts, attempts, what was mirrored, the commit.

import type { UseQueryResult } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { Job, RunDetail } from "../../api/types";
import { visibleText } from "../../log/controls";
import { TestCounts } from "../../testing/badges";
import { Bytes, Duration, Facts, Name, Panel, StatusIcon, Time } from "../../ui";
import { fileCountsSentence } from "../runs/FileCounts";
import { ProcessingBadge } from "../runs/ProcessingBadge";
import { ArtifactsTable } from "./ArtifactsTable";
import { JobsPanel } from "./JobsTab";
import { FlakyTests } from "./tests/FlakyTests";
import { Coverage } from "./tests/ReportsPanel";

/** The tab, and the first thing to see of a run that did not fail. */
export function SummaryTab({
  run,
  attempt,
  jobs,
}: {
  run: RunDetail;
  attempt: number | undefined;
  jobs: UseQueryResult<Job[]>;
}) {
  return (
    <div className="flex flex-col gap-4">
      {run.summary.tests.flaky > 0 && attempt === undefined && <FlakyTests run={run} />}
      <JobsPanel run={run} attempt={attempt} jobs={jobs} />
      <Panel title="Artifacts" count={run.artifacts.length}>
        <ArtifactsTable run={run} />
      </Panel>
      {run.attempts.length > 1 && <Attempts run={run} />}
      <Panel title="About this run">
        <div className="flex flex-col gap-4 px-4 py-3">
          <Facts
            facts={[
              ["Mirror", <ProcessingBadge key="mirror" run={run} />],
              ["Tests", <TestCounts key="tests" totals={run.summary.tests} />],
              ...(run.summary.tests.coverage
                ? [
                    ["Coverage", <Coverage key="coverage" coverage={run.summary.tests.coverage} />] as [
                      string,
                      ReactNode,
                    ],
                  ]
                : []),
              ["Files", fileCountsSentence(run.summary)],
              ["Size", <Bytes key="size" bytes={run.summary.sizeBytes} />],
              ["Started", run.startedAt ? <Time key="started" at={run.startedAt} /> : "not yet"],
              ["Last change", <Time key="updated" at={run.updatedAt} />],
            ]}
          />
          {run.commit?.message && (
            <figure>
              <figcaption className="text-sm text-faint">
                Commit <span className="font-mono text-xs">{run.commit.sha.slice(0, 7)}</span>
                {run.commit.author && (
                  <>
                    {" "}
                    by <Name>{run.commit.author}</Name>
                  </>
                )}
              </figcaption>
              <blockquote className="max-h-40 overflow-y-auto font-mono text-xs break-words whitespace-pre-wrap">
                <bdi>{visibleText(run.commit.message)}</bdi>
              </blockquote>
            </figure>
          )}
        </div>
      </Panel>
    </div>
  );
}

function Attempts({ run }: { run: RunDetail }) {
  return (
    <Panel title="Attempts" count={run.attempts.length}>
      <ul>
        {run.attempts.map((one) => (
          <li key={one.attempt} className="flex h-10 items-center gap-3 border-b border-line px-4 last:border-b-0">
            <StatusIcon of={one} />
            <Link
              from="/runs/$runId"
              to="."
              search={(previous) =>
                ({ ...previous, attempt: one.attempt === run.attempt ? undefined : one.attempt }) as never
              }
            >
              Attempt {one.attempt}
            </Link>
            <span className="ml-auto text-faint">{one.startedAt && <Time at={one.startedAt} />}</span>
            <span className="w-20 text-right">
              <Duration ms={one.durationMs} />
            </span>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
