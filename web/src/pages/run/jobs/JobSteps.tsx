// The steps of a job, each leading to its first line of the log.
import { Link } from "@tanstack/react-router";
import type { RunDetail } from "../../../api/types";
import { formatDuration } from "../../../format";
import { outcomeLabel, outcomeOf } from "../../../outcome";
import { Bytes, Duration, Name, StatusIcon, visibleName } from "../../../ui";
import { elapsedMs } from "../JobsTab";
import { logStates } from "../verdict";
import { stepHash } from "./stepHash";
import type { JobRow } from "./waterfall";

/** The list, with what is known of runner and log below. */
export function JobSteps({ run, row, attempt }: { run: RunDetail; row: JobRow; attempt: { attempt?: number } }) {
  const { job } = row;
  return (
    <div className="px-4 pb-2 pl-10">
      {job.steps.length === 0 ? (
        <p className="text-sm text-faint">GitHub tells of no step of this job.</p>
      ) : (
        <ol aria-label={`Steps of ${visibleName(job.name)}`}>
          {job.steps.map((step) => {
            const took = elapsedMs(step.startedAt, step.completedAt);
            return (
              <li key={step.number} className="flex min-h-7 items-center gap-2 text-sm">
                <StatusIcon of={step} size={14} />
                <Link
                  to="/runs/$runId/jobs/$jobId"
                  params={{ runId: String(run.id), jobId: String(job.id) }}
                  search={attempt}
                  hash={stepHash(step)}
                  data-row
                  title={`Log of this step: ${outcomeLabel(step)}${took === null ? "" : `, ${formatDuration(took)}`}`}
                  className={outcomeOf(step) === "fail" ? "font-medium text-fail-text" : "text-muted"}
                >
                  <Name>{step.name}</Name>
                </Link>
                <span className="ml-auto text-faint">
                  <Duration ms={took} />
                </span>
              </li>
            );
          })}
        </ol>
      )}
      <p className="mt-1 flex flex-wrap gap-x-4 text-sm text-faint">
        {row.queue && <span>queued {formatDuration(row.queue.endMs - row.queue.startMs)}</span>}
        {job.runnerName && (
          <span>
            runner <Name>{job.runnerName}</Name>
          </span>
        )}
        {job.labels.length > 0 && (
          <span className="min-w-0 break-words">
            <Name>{job.labels.join(", ")}</Name>
          </span>
        )}
        <span title={job.log.reason ?? logStates[job.log.state]}>
          {job.log.state === "complete" && job.log.sizeBytes !== null ? (
            <>
              log <Bytes bytes={job.log.sizeBytes} />
            </>
          ) : job.log.state === "unfinished" ? (
            "log when it has ended"
          ) : (
            `log ${job.log.state}`
          )}
        </span>
      </p>
    </div>
  );
}
