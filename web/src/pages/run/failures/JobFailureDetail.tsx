// A failure of which no report tells: what the log of the job says, or at least which step failed.

import { Link } from "@tanstack/react-router";
import { Link2, ScrollText } from "lucide-react";
import type { ReactNode } from "react";
import type { Job, LogFailure, RunDetail } from "../../../api/types";
import { formatCount } from "../../../format";
import { outcomeOf } from "../../../outcome";
import { codeFrameIn } from "../../../testing/codeFrame";
import { FailurePlace, LogFailureBadges, SameFailureLink } from "../../../testing/failureParts";
import { CodeFrameView } from "../../../testing/MessageView";
import { firstLine, plainText } from "../../../testing/stack";
import { Verbatim } from "../../../testing/Verbatim";
import { Button, buttonClass, Duration, Name, StatusIcon } from "../../../ui";
import { elapsedMs } from "../JobsTab";
import { stepHash } from "../jobs/stepHash";
import { LogExcerpt, useExcerptLine } from "./LogExcerpt";
import { copyPermalink } from "./TestFailureDetail";

function Head({
  title,
  about,
  aside,
  children,
}: {
  title: string;
  about: ReactNode;
  aside: ReactNode;
  children: ReactNode;
}) {
  return (
    <header className="flex flex-col gap-1.5 border-b border-line px-4 py-3">
      <div className="flex flex-wrap items-start gap-x-4 gap-y-2">
        <h2 className="line-clamp-6 min-w-0 flex-1 basis-72 text-lg font-semibold break-words">
          <Name>{title}</Name>
        </h2>
        <div className="flex flex-wrap items-center gap-2">
          {aside}
          {children}
          <Button onClick={() => void copyPermalink()} aria-label="Copy permalink" title="Copy permalink">
            <Link2 aria-hidden size={14} />
          </Button>
        </div>
      </div>
      <p className="flex flex-wrap items-center gap-x-2 gap-y-1 text-sm text-muted">{about}</p>
    </header>
  );
}

/** What the log says went wrong, marked as read from the log. */
export function LogFailureDetail({ failure, run, aside }: { failure: LogFailure; run: RunDetail; aside: ReactNode }) {
  const text = (failure.excerpt || failure.message).trimEnd();
  const frame = codeFrameIn(text);
  const attempt = failure.attempt === run.attempt ? undefined : failure.attempt;
  return (
    <>
      <Head
        title={failure.test ?? (firstLine(failure.message) || "Failure")}
        aside={aside}
        about={
          <>
            <span className="min-w-0 break-words">
              <FailurePlace failure={failure} />
            </span>
            <LogFailureBadges failure={failure} />
          </>
        }
      >
        <Link
          to="/runs/$runId/jobs/$jobId"
          params={{ runId: String(run.id), jobId: String(failure.jobId) }}
          search={attempt === undefined ? {} : { attempt }}
          hash={`L${failure.line}`}
          className={buttonClass()}
        >
          <ScrollText aria-hidden size={13} /> Log line {formatCount(failure.line)}
        </Link>
        <SameFailureLink familyId={failure.familyId} />
      </Head>
      <div className="flex flex-col gap-3 p-4">
        <Verbatim
          label={`Log of ${failure.jobName} from line ${failure.line}`}
          text={plainText(frame?.rest ?? text).trimEnd()}
          strong
          className="max-h-96 rounded-md border border-fail/40 bg-fail-soft px-3 py-2 text-sm text-text"
        />
        {frame && <CodeFrameView frame={frame} file={null} line={null} />}
      </div>
      <LogExcerpt place={{ runId: run.id, jobId: failure.jobId, attempt }} line={failure.line} />
    </>
  );
}

/** A failed job of which neither report nor log says why. */
export function SilentJobDetail({ job, run, aside }: { job: Job; run: RunDetail; aside: ReactNode }) {
  const step = job.steps.find((one) => outcomeOf(one) === "fail");
  const line = useExcerptLine(job.log.state === "complete" ? job.id : null, "failed step");
  const attempt = job.attempt === run.attempt ? undefined : job.attempt;
  return (
    <>
      <Head
        title={job.name}
        aside={aside}
        about={
          <>
            <StatusIcon of={job} size={14} />
            {step ? (
              <span>
                It failed at “<Name>{step.name}</Name>” after{" "}
                <Duration ms={elapsedMs(job.startedAt, job.completedAt)} />.
              </span>
            ) : (
              <span>It failed before any of its steps did.</span>
            )}
          </>
        }
      >
        <Link
          to="/runs/$runId/jobs/$jobId"
          params={{ runId: String(run.id), jobId: String(job.id) }}
          search={attempt === undefined ? {} : { attempt }}
          {...(step ? { hash: stepHash(step) } : {})}
          className={buttonClass("primary")}
        >
          <ScrollText aria-hidden size={13} /> Open the log
        </Link>
      </Head>
      <p className="p-4 text-muted">
        {job.log.state === "complete"
          ? "No report tells why, and nothing in the log looks like an error. The end of the failed step says most."
          : (job.log.reason ?? "There is no log of this job here, so nothing tells why.")}
      </p>
      <LogExcerpt place={{ runId: run.id, jobId: job.id, attempt }} line={line} />
    </>
  );
}
