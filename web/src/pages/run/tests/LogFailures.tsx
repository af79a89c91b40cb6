// Failures that no report tells of, found in the logs of failed jobs, and marked as such.

import { Link } from "@tanstack/react-router";
import { ScrollText } from "lucide-react";
import type { LogFailure, RunDetail } from "../../../api/types";
import { FailurePlace, LogFailureBadges, SameFailureLink } from "../../../testing/failureParts";
import { plainText } from "../../../testing/stack";
import { Verbatim } from "../../../testing/Verbatim";
import { buttonClass, Name, Panel } from "../../../ui";

const atFirst = 3;

/** The failures of jobs without reports, each with its line in the log; all but the first three folded. */
export function LogFailures({ run, failures }: { run: RunDetail; failures: LogFailure[] }) {
  const rest = failures.slice(atFirst);
  return (
    <Panel
      title="Failures found in logs"
      count={failures.length}
      tone="fail"
      aside="No report tells of these jobs: read from their logs, so less certain"
    >
      <FailureList run={run} failures={failures.slice(0, atFirst)} />
      {rest.length > 0 && (
        <details className="border-t border-line">
          <summary className="px-4 py-2 text-sm text-faint hover:text-text">{rest.length} more</summary>
          <div className="border-t border-line">
            <FailureList run={run} failures={rest} />
          </div>
        </details>
      )}
    </Panel>
  );
}

function FailureList({ run, failures }: { run: RunDetail; failures: LogFailure[] }) {
  return (
    <ul>
      {failures.map((failure) => (
        <li
          key={`${failure.jobId} ${failure.line} ${failure.message}`}
          className="flex flex-col gap-2 border-b border-line px-4 py-3 last:border-b-0"
        >
          <Head run={run} failure={failure} />
          <Excerpt failure={failure} />
        </li>
      ))}
    </ul>
  );
}

function Head({ run, failure }: { run: RunDetail; failure: LogFailure }) {
  return (
    <div className="flex flex-wrap items-start gap-x-4 gap-y-2">
      <div className="min-w-0 flex-1 basis-72">
        <p className="line-clamp-2 text-sm break-words text-faint">
          <FailurePlace failure={failure} />
        </p>
        <h3 className="line-clamp-4 font-medium break-words">
          <Name>{failure.test ?? (plainText(failure.message).split("\n")[0] || "Failure")}</Name>
        </h3>
        <p className="mt-0.5 flex flex-wrap items-center gap-1.5">
          <LogFailureBadges failure={failure} />
        </p>
      </div>
      <div className="flex flex-wrap items-center gap-2">
        <Link
          to="/runs/$runId/jobs/$jobId"
          params={{ runId: String(run.id), jobId: String(failure.jobId) }}
          search={failure.attempt === run.attempt ? {} : { attempt: failure.attempt }}
          hash={`L${failure.line}`}
          data-row
          className={buttonClass()}
        >
          <ScrollText aria-hidden size={13} /> Log line {failure.line}
        </Link>
        <SameFailureLink familyId={failure.familyId} />
      </div>
    </div>
  );
}

function Excerpt({ failure }: { failure: LogFailure }) {
  return (
    <Verbatim
      label={`Log of ${failure.jobName} from line ${failure.line}`}
      text={(failure.excerpt || failure.message).trimEnd()}
      className="max-h-44 rounded-md border border-line bg-raised px-3 py-2 text-xs leading-5"
    />
  );
}
