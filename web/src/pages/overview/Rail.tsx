// What stands beside the workflows: new failures, the flakiest tests, and what just happened.
import { Link } from "@tanstack/react-router";
import type { FlakyTest, NewFailure, RecentChange } from "../../api/types";
import { useConnection } from "../../events";
import { OutcomeStrip } from "../../testing/OutcomeStrip";
import { fullName } from "../../testing/words";
import { Name, Panel, StatusIcon, Time, visibleName } from "../../ui";
import { useSteady } from "../../ui/steady";
import { changeSentence } from "./model";

/** Tests that failed and had not failed before. */
export function NewFailures({ failures, where }: { failures: NewFailure[]; where: string }) {
  return (
    <Panel title="New failures" aside={failures.length > 0 && where}>
      {failures.length === 0 ? (
        <p className="px-4 py-4 text-faint">No test began to fail in this window.</p>
      ) : (
        <ul>
          {failures.map((failure) => (
            <li key={failure.testId} className="border-b border-line px-4 py-2 last:border-b-0 hover:bg-raised/50">
              <div className="flex items-baseline gap-2">
                <Link
                  to="/runs/$runId"
                  params={{ runId: String(failure.runId) }}
                  search={{ tab: "tests", result: failure.resultId }}
                  className="min-w-0 truncate font-mono text-xs"
                  title={visibleName(`${failure.workflowName} #${failure.runNumber}`)}
                  data-row
                >
                  <Name>{fullName(failure)}</Name>
                </Link>
                <span className="ml-auto shrink-0 text-sm text-faint">
                  <Time at={failure.at} />
                </span>
              </div>
              <p className="truncate font-mono text-xs text-fail-text">
                <Name>{failure.message || "failed without a message"}</Name>
              </p>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}

/** The tests that contradict themselves most. */
export function Flakiest({ tests }: { tests: FlakyTest[] }) {
  return (
    <Panel
      title="Flakiest tests"
      aside={
        tests.length > 0 && (
          <Link to="/flaky" className="text-accent">
            all
          </Link>
        )
      }
    >
      {tests.length === 0 ? (
        <p className="px-4 py-4 text-faint">No test is flaky: that takes two contradictions on the same code.</p>
      ) : (
        <ul>
          {tests.map((test) => (
            <li key={test.testId} className="border-b border-line px-4 py-2 last:border-b-0 hover:bg-raised/50">
              <div className="flex items-baseline gap-2">
                <Link
                  to="/tests/$testId"
                  params={{ testId: String(test.testId) }}
                  className="min-w-0 truncate font-mono text-xs"
                  data-row
                >
                  <Name>{fullName(test)}</Name>
                </Link>
                <span
                  className="ml-auto shrink-0 font-medium text-flaky-text"
                  title="Share of recent commits on which it contradicted itself"
                >
                  {Math.round(test.flakeRate * 100)}%
                </span>
              </div>
              <div className="mt-1 max-w-full overflow-hidden">
                <OutcomeStrip strip={test.strip} count={24} />
              </div>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}

/** Runs as they change; new ones wait while somebody points at the list. */
export function JustNow({ runs, several }: { runs: RecentChange[]; several: boolean }) {
  const { shown, waiting, release, hold } = useSteady(runs, (run) => run.id, "");
  const isLive = useConnection() === "live";
  return (
    <div {...hold}>
      <Panel
        title="Just now"
        aside={
          waiting > 0 ? (
            <button
              type="button"
              onClick={release}
              className="min-h-6 rounded-md px-1.5 font-medium text-accent hover:bg-raised"
            >
              Show {waiting} new
            </button>
          ) : (
            <span
              role="img"
              aria-label={isLive ? "Live" : "Not live at the moment"}
              title={
                isLive ? "Changes appear by themselves" : "The event stream is broken; this page asks every ten seconds"
              }
              className={`size-2 rounded-full ${isLive ? "bg-pass" : "bg-flaky"}`}
            />
          )
        }
      >
        {shown.length === 0 ? (
          <p className="px-4 py-4 text-faint">Runs appear here as GitHub reports them.</p>
        ) : (
          <ul>
            {shown.map((run) => (
              <li
                key={run.id}
                className="flex items-center gap-2.5 border-b border-line px-4 py-2 last:border-b-0 hover:bg-raised/50"
              >
                <StatusIcon of={run} size={16} />
                <Link
                  to="/runs/$runId"
                  params={{ runId: String(run.id) }}
                  className="min-w-0 flex-1 hover:no-underline"
                  data-row
                >
                  <span className="block truncate font-medium">
                    <Name>{run.workflowName}</Name> #{run.runNumber}
                  </span>
                  <span className="block truncate text-sm text-muted">
                    {changeSentence(run)}
                    <span className="text-faint">
                      {several && ` · ${run.repository}`}
                      {" · "}
                      <Name>{run.branch || "no branch"}</Name>
                    </span>
                  </span>
                </Link>
                <span className="shrink-0 text-sm text-faint">
                  <Time at={run.at} />
                </span>
              </li>
            ))}
          </ul>
        )}
      </Panel>
    </div>
  );
}
