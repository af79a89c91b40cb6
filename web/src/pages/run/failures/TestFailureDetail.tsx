// One failed test with its evidence: where it is, its past, its tries, why it failed, and its lines of the log.

import { Link } from "@tanstack/react-router";
import { Copy, History, Link2, ListVideo, ScrollText } from "lucide-react";
import type { ReactNode } from "react";
import type { Job, RunDetail, TestResult } from "../../../api/types";
import { formatCount } from "../../../format";
import type { RunSearch } from "../../../search";
import { Variant, VerdictBadge } from "../../../testing/badges";
import type { Comparing } from "../../../testing/FailureFiles";
import { copyAndSay, copyFailure, FailureView } from "../../../testing/FailureView";
import { SameFailureLink } from "../../../testing/failureParts";
import { sortFiles } from "../../../testing/images";
import { MessageView, readFailure } from "../../../testing/MessageView";
import { TestPast } from "../../../testing/TestPast";
import { fullName } from "../../../testing/words";
import { Button, buttonClass, Name } from "../../../ui";
import { stripLength } from "./FailureList";
import { LogExcerpt, useExcerptLine } from "./LogExcerpt";
import { logJob } from "./logJob";
import { NewsBadge } from "./NewsBadge";
import { type ShownTry, TryTabs, triesOf } from "./TryTabs";

/** The try the address names: the last one where it names none. */
export function shownTry(tries: ShownTry[], search: RunSearch): ShownTry | undefined {
  return (search.try === undefined ? undefined : tries[search.try - 1]) ?? tries.at(-1);
}

/** Copies the address of what is shown. */
export function copyPermalink(): Promise<void> {
  return copyAndSay(window.location.href, "Link copied");
}

/** The pane; `aside` stands among its buttons. */
export function TestFailureDetail({
  result,
  run,
  jobs,
  search,
  comparing,
  aside,
}: {
  result: TestResult;
  run: RunDetail;
  jobs: Job[] | undefined;
  search: RunSearch;
  comparing: Comparing;
  aside: ReactNode;
}) {
  const tries = triesOf(result);
  const shown = shownTry(tries, search);
  const jobId = logJob(result, jobs);
  const attempt = result.attempt !== null && result.attempt !== run.attempt ? result.attempt : undefined;
  const line = useExcerptLine(jobId, { name: result.name, message: result.failure?.message ?? "" });
  const ways = <Ways result={result} jobId={jobId} attempt={attempt} line={line} />;
  return (
    <>
      <Head result={result} run={run} aside={aside} ways={tries.length > 1 ? null : ways} />
      {tries.length > 1 && (
        <div className="flex flex-wrap items-center gap-x-4 gap-y-2 border-b border-line px-4 py-2">
          <TryTabs tries={tries} shown={shown} />
          {ways}
        </div>
      )}
      <div className="p-4">
        {!result.failure ? (
          <p className="text-muted">The report says that it failed, and not why.</p>
        ) : shown && !shown.isLast ? (
          <EarlierTry shown={shown} />
        ) : (
          <FailureView failure={result.failure} file={result.file} line={result.line} comparing={comparing} />
        )}
      </div>
      {jobId !== null && <LogExcerpt place={{ runId: run.id, jobId, attempt }} line={line} />}
    </>
  );
}

function EarlierTry({ shown }: { shown: ShownTry }) {
  return (
    <div className="flex flex-col gap-3">
      <MessageView
        read={readFailure({ message: shown.message, type: null, stack: null })}
        quiet={shown.status === "passed"}
      />
      <p className="text-sm text-faint">
        Of an earlier try only the message is kept; stack and files are those of the last one.
      </p>
    </div>
  );
}

function Head({ result, run, aside, ways }: { result: TestResult; run: RunDetail; aside: ReactNode; ways: ReactNode }) {
  return (
    <header className="flex flex-col gap-1.5 border-b border-line px-4 py-3">
      <div className="flex flex-wrap items-start gap-x-4 gap-y-2">
        <div className="flex min-w-0 flex-1 basis-72 flex-wrap items-center gap-x-2 gap-y-1">
          <h2 className="line-clamp-6 min-w-0 text-lg font-semibold break-words">
            <Name>{fullName(result)}</Name>
          </h2>
          <Variant variant={result.variant} />
          <NewsBadge result={result} />
          {/* A flaky failure of a flaky test need not be said twice. */}
          {result.novelty !== "flaky" && result.verdict !== "healthy" && <VerdictBadge verdict={result.verdict} />}
        </div>
        <div className="flex flex-wrap items-center gap-2">
          {aside}
          <Button
            onClick={() => void copyFailure(result, run)}
            title="Copies the failure as Markdown, for an issue (c)"
          >
            <Copy aria-hidden size={13} /> Copy for an issue
          </Button>
          <Button onClick={() => void copyPermalink()} aria-label="Copy permalink" title="Copy permalink">
            <Link2 aria-hidden size={14} />
          </Button>
        </div>
      </div>
      <div className="flex flex-wrap items-center gap-x-4 gap-y-1 text-sm text-muted">
        {result.file && (
          <span className="max-w-full font-mono text-xs break-all">
            <Name>{result.file}</Name>
            {result.line !== null && `:${result.line}`}
          </span>
        )}
        <TestPast testId={result.testId} count={stripLength} />
        {ways}
      </div>
    </header>
  );
}

function Ways({
  result,
  jobId,
  attempt,
  line,
}: {
  result: TestResult;
  jobId: number | null;
  attempt: number | undefined;
  line: number | null;
}) {
  const [trace] = sortFiles(result.failure?.attachments ?? []).traces;
  return (
    <div className="ml-auto flex flex-wrap items-center gap-2">
      {trace?.fileId && (
        <Link
          to="/files/$fileId"
          params={{ fileId: trace.fileId }}
          className={buttonClass()}
          title="Open the trace (v)"
        >
          <ListVideo aria-hidden size={13} /> Trace
        </Link>
      )}
      {jobId !== null && (
        <Link
          to="/runs/$runId/jobs/$jobId"
          params={{ runId: String(result.runId), jobId: String(jobId) }}
          search={{ ...(attempt === undefined ? {} : { attempt }), ...(line === null ? { find: result.name } : {}) }}
          {...(line === null ? {} : { hash: `L${line}` })}
          title={line === null ? "The log of the job, searched for the name of the test" : "The line of the failure"}
          className={buttonClass()}
        >
          <ScrollText aria-hidden size={13} /> {line === null ? "Job log" : `Log line ${formatCount(line)}`}
        </Link>
      )}
      <Link
        to="/tests/$testId"
        params={{ testId: String(result.testId) }}
        className={buttonClass()}
        title="All runs of this test (o)"
      >
        <History aria-hidden size={13} /> History
      </Link>
      <SameFailureLink familyId={result.familyId} />
    </div>
  );
}
