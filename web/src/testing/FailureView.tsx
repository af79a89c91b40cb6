// Why a test failed: message and what differs, source, pictures under the error that names them, stack, and beside
// them the files. All of it was written by the test: shown as text, images only through their own address.

import { Link } from "@tanstack/react-router";
import clsx from "clsx";
import { Copy, History, ScrollText } from "lucide-react";
import type { RunDetail, TestFailure, TestResult } from "../api/types";
import { copyText } from "../log/clipboard";
import { showToast } from "../toast";
import { Button, buttonClass } from "../ui";
import { type Comparing, FilesBeside, hasFilesBeside, ImageSets } from "./FailureFiles";
import { SameFailureLink } from "./failureParts";
import { sortFiles } from "./images";
import { CodeFrameView, MessageView, readFailure } from "./MessageView";
import { failureMarkdown } from "./markdown";
import { Output, StackView } from "./StackView";
import { withoutMessage } from "./stack";

/** Copies a text and says whether that worked. */
export async function copyAndSay(text: string, done: string): Promise<void> {
  const copied = await copyText(text);
  showToast(copied ? done : "The browser does not allow copying", copied ? "plain" : "fail");
}

/** Copies a failure as Markdown, for an issue. */
export function copyFailure(result: TestResult, run: RunDetail): Promise<void> {
  return copyAndSay(failureMarkdown(result, run, window.location.origin), "Copied as Markdown");
}

/** Ways on from a result: its history, its log, its family, and a copy of it. */
export function ResultActions({ result, run }: { result: TestResult; run: RunDetail }) {
  return (
    <>
      {result.jobId !== null && (
        <Link
          to="/runs/$runId/jobs/$jobId"
          params={{ runId: String(run.id), jobId: String(result.jobId) }}
          search={{
            ...(result.attempt !== null && result.attempt !== run.attempt ? { attempt: result.attempt } : {}),
            find: result.name,
          }}
          title="The log of the job, searched for the name of the test"
          className={buttonClass()}
        >
          <ScrollText aria-hidden size={13} /> Job log
        </Link>
      )}
      <Link to="/tests/$testId" params={{ testId: String(result.testId) }} className={buttonClass()}>
        <History aria-hidden size={13} /> History
      </Link>
      <SameFailureLink familyId={result.familyId} />
      {result.failure && (
        <Button onClick={() => void copyFailure(result, run)} title="Copies the failure as Markdown, for an issue">
          <Copy aria-hidden size={13} /> Copy
        </Button>
      )}
    </>
  );
}

/** The failure itself; `quiet` where it is a note on a test that passed or was skipped. */
export function FailureView({
  failure,
  file,
  line,
  comparing,
  quiet = false,
}: {
  failure: TestFailure;
  file: string | null;
  line: number | null;
  comparing: Comparing;
  quiet?: boolean;
}) {
  const files = sortFiles(failure.attachments);
  const beside = hasFilesBeside(files);
  const read = readFailure(failure);
  const stack = read.stack ? withoutMessage(read.stack, failure.message) : "";
  return (
    <div className="flex min-w-0 flex-col gap-4">
      {/* Pictures stand under the error that names them, over the whole width. */}
      {files.sets.length > 0 && (
        <>
          <MessageView read={read} quiet={quiet} />
          <ImageSets sets={files.sets} comparing={comparing} />
        </>
      )}
      <div className={clsx(beside && "grid gap-4 xl:grid-cols-[minmax(0,1fr)_minmax(260px,380px)]")}>
        <div className="flex min-w-0 flex-col gap-3">
          {files.sets.length === 0 && <MessageView read={read} quiet={quiet} />}
          {read.frame && <CodeFrameView frame={read.frame} file={file} line={line} />}
          {stack && <StackView stack={stack} />}
          <Output title="Standard output" text={failure.stdout} />
          <Output title="Standard error" text={failure.stderr} />
        </div>
        {beside && <FilesBeside files={files} />}
      </div>
    </div>
  );
}
