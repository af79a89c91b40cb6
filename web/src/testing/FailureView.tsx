// Why a test failed: message, stack with one's own frames first, and beside them the files that belong to it.
// All of it was written by the test: shown as text, images only through their own address.
import { Link } from "@tanstack/react-router";
import { ChevronRight, Copy, FileText, History, Paperclip, ScrollText } from "lucide-react";
import type { ReactNode } from "react";
import type { RunDetail, TestAttachment, TestFailure, TestResult, TestTry } from "../api/types";
import { formatDuration, plural } from "../format";
import { copyText } from "../log/clipboard";
import { showToast } from "../toast";
import { Button, buttonClass, Duration, Name, Thumbnail, visibleName } from "../ui";
import { NoveltyBadge, TestIcon, Variant, VerdictBadge } from "./badges";
import { failureMarkdown } from "./markdown";
import { firstLine, plainText, type StackPart, stackParts, withoutMessage } from "./stack";
import { Verbatim } from "./Verbatim";
import { suiteOf } from "./words";

/** Title, place and judgement of a result, with what can be done about it. */
export function ResultHead({ result, run, aside }: { result: TestResult; run: RunDetail; aside?: ReactNode }) {
  const suite = suiteOf(result);
  return (
    <div className="flex flex-wrap items-start gap-x-4 gap-y-2">
      <div className="flex min-w-0 flex-1 basis-72 items-start gap-2.5">
        <span className="mt-0.5">
          <TestIcon status={result.status} />
        </span>
        <div className="min-w-0">
          {suite && (
            <p className="line-clamp-2 text-sm break-words text-faint">
              <Name>{suite}</Name>
            </p>
          )}
          <h3 className="line-clamp-6 text-lg font-semibold break-words">
            <Name>{result.name}</Name>
          </h3>
          <p className="mt-0.5 flex flex-wrap items-center gap-x-2 gap-y-1 text-sm text-faint">
            {result.novelty && <NoveltyBadge novelty={result.novelty} testId={result.testId} />}
            {/* A flaky failure of a flaky test need not be said twice. */}
            {result.novelty !== "flaky" && <VerdictBadge verdict={result.verdict} />}
            <Variant variant={result.variant} />
            {result.file && (
              <span className="line-clamp-2 min-w-0 font-mono text-xs break-all">
                <Name>{result.file}</Name>
                {result.line !== null && `:${result.line}`}
              </span>
            )}
            <Duration ms={result.durationMs} />
          </p>
        </div>
      </div>
      <div className="flex flex-wrap items-center gap-2">
        {aside}
        <ResultActions result={result} run={run} />
      </div>
    </div>
  );
}

/** Ways on from a result: its history, its log, its family, and a copy of it. */
export function ResultActions({ result, run }: { result: TestResult; run: RunDetail }) {
  const copy = async () => {
    const done = await copyText(failureMarkdown(result, run, window.location.origin));
    showToast(done ? "Copied as Markdown" : "The browser does not allow copying", done ? "plain" : "fail");
  };
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
      {result.familyId !== null && (
        <Link to="/failures/$familyId" params={{ familyId: String(result.familyId) }} className={buttonClass()}>
          Same failure elsewhere
        </Link>
      )}
      {result.failure && (
        <Button onClick={() => void copy()} title="Copies the failure as Markdown, for an issue">
          <Copy aria-hidden size={13} /> Copy
        </Button>
      )}
    </>
  );
}

/** The failure itself; `quiet` where it is a note on a test that passed or was skipped. */
export function FailureView({ failure, quiet = false }: { failure: TestFailure; quiet?: boolean }) {
  const beside = failure.attachments.length > 0;
  const stack = failure.stack ? withoutMessage(failure.stack, failure.message) : "";
  return (
    <div className={beside ? "grid gap-4 xl:grid-cols-[minmax(0,1fr)_minmax(240px,340px)]" : undefined}>
      <div className="flex min-w-0 flex-col gap-3">
        <Message failure={failure} quiet={quiet} />
        {failure.tries.length > 0 && <Tries tries={failure.tries} />}
        {stack && <Stack stack={stack} />}
        <Output title="Standard output" text={failure.stdout} />
        <Output title="Standard error" text={failure.stderr} />
      </div>
      {beside && <Attachments attachments={failure.attachments} />}
    </div>
  );
}

function Message({ failure, quiet }: { failure: TestFailure; quiet: boolean }) {
  const text = plainText(failure.message).trim();
  const type = failure.type && !text.startsWith(failure.type) ? failure.type : null;
  if (!text && !type) return quiet ? null : <p className="text-muted">The report gives no message.</p>;
  return (
    <Verbatim
      label="Message"
      text={text}
      {...(type ? { lead: type } : {})}
      className={`max-h-80 rounded-md border px-3 py-2 text-sm ${
        quiet ? "border-line bg-raised text-muted" : "border-fail/40 bg-fail-soft text-fail-text"
      }`}
    />
  );
}

function Tries({ tries }: { tries: TestTry[] }) {
  return (
    <div>
      <p className="mb-1 text-sm font-semibold">Earlier tries in this job</p>
      <ol className="rounded-md border border-line">
        {tries.map((one, index) => (
          <li
            // biome-ignore lint/suspicious/noArrayIndexKey: a try is its place in the order.
            key={index}
            className="flex items-start gap-2 border-b border-line px-3 py-1.5 text-sm last:border-b-0"
          >
            <TestIcon status={one.status} size={16} />
            <span className="whitespace-nowrap">Try {index + 1}</span>
            <span className="min-w-0 flex-1 font-mono text-xs break-words text-muted">
              <bdi>{firstLine(one.message ?? "")}</bdi>
            </span>
            <span className="text-faint">{one.durationMs !== null && formatDuration(one.durationMs)}</span>
          </li>
        ))}
      </ol>
    </div>
  );
}

function Fold({ label, children }: { label: string; children: ReactNode }) {
  return (
    <details className="group">
      <summary className="flex w-fit list-none items-center gap-1 text-sm text-faint hover:text-text">
        <ChevronRight aria-hidden size={13} className="transition-transform group-open:rotate-90" /> {label}
      </summary>
      <div className="mt-1">{children}</div>
    </details>
  );
}

function Stack({ stack }: { stack: string }) {
  const parts = stackParts(stack);
  if (parts.length === 0) return null;
  const own = parts.filter((part) => part.kind === "own");
  // A stack without a frame of one's own is all there is: it stays folded as a whole.
  if (own.length === 0) {
    return (
      <Fold
        label={`Stack, ${plural(
          parts.reduce((sum, part) => sum + part.lines.length, 0),
          "line",
        )}`}
      >
        <Lines lines={parts.flatMap((part) => part.lines)} />
      </Fold>
    );
  }
  return (
    <div>
      <p className="mb-1 text-sm font-semibold">Stack</p>
      <div className="flex flex-col gap-1">
        {parts.map((part, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a part is its place in the stack.
          <StackPartView key={index} part={part} />
        ))}
      </div>
    </div>
  );
}

function StackPartView({ part }: { part: StackPart }) {
  if (part.kind === "library") {
    return (
      <Fold label={`${plural(part.lines.length, "line")} of libraries`}>
        <Lines lines={part.lines} faint />
      </Fold>
    );
  }
  if (part.lines.length > 12) {
    return (
      <>
        <Lines lines={part.lines.slice(0, 10)} />
        <Fold label={`${part.lines.length - 10} more lines`}>
          <Lines lines={part.lines.slice(10)} />
        </Fold>
      </>
    );
  }
  return <Lines lines={part.lines} faint={part.kind === "text"} />;
}

function Lines({ lines, faint = false }: { lines: string[]; faint?: boolean }) {
  return (
    <Verbatim
      label="Stack frames"
      text={lines.join("\n")}
      className={`max-h-96 text-xs leading-5 ${faint ? "text-faint" : "text-text"}`}
    />
  );
}

function Output({ title, text }: { title: string; text: string | null }) {
  const plain = text ? plainText(text).trimEnd() : "";
  if (plain === "") return null;
  return (
    <Fold label={`${title}, ${plural(plain.split("\n").length, "line")}`}>
      <Verbatim
        label={title}
        text={plain}
        className="max-h-80 rounded-md border border-line bg-raised px-3 py-2 text-xs leading-5"
      />
    </Fold>
  );
}

// The bytes of these are inert in an <img>, whatever they claim to be; others open in the file viewer.
function isImage(attachment: TestAttachment): boolean {
  const byType = attachment.mediaType?.startsWith("image/") ?? false;
  return attachment.url !== null && (byType || /\.(png|jpe?g|gif|webp|avif|bmp)$/i.test(attachment.path));
}

function Attachments({ attachments }: { attachments: TestAttachment[] }) {
  const images = attachments.filter(isImage);
  const others = attachments.filter((attachment) => !isImage(attachment));
  return (
    <div className="flex min-w-0 flex-col gap-3">
      {images.length > 0 && (
        <ul
          aria-label="Screenshots"
          className="grid grid-cols-[repeat(auto-fill,minmax(150px,1fr))] content-start gap-2 xl:grid-cols-2 xl:[&>li:only-child]:col-span-2"
        >
          {images.map((image) => (
            <li key={`${image.path} ${image.name}`}>
              <Screenshot image={image} />
            </li>
          ))}
        </ul>
      )}
      {others.length > 0 && (
        <ul aria-label="Attachments" className="rounded-md border border-line">
          {others.map((other) => (
            <li key={`${other.path} ${other.name}`} className="border-b border-line last:border-b-0">
              <OtherAttachment attachment={other} />
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

function nameOf(attachment: TestAttachment): string {
  return attachment.name || attachment.path.split("/").at(-1) || "attachment";
}

function Screenshot({ image }: { image: TestAttachment }) {
  const name = nameOf(image);
  const content = (
    <>
      <Thumbnail src={image.url} />
      <span className="block truncate px-2 py-1 text-sm" title={visibleName(image.path)}>
        <Name>{name}</Name>
      </span>
    </>
  );
  const look = "block overflow-hidden rounded-md border border-line bg-panel hover:border-accent hover:no-underline";
  return image.fileId === null ? (
    <span className={look}>{content}</span>
  ) : (
    <Link to="/files/$fileId" params={{ fileId: image.fileId }} className={look}>
      {content}
    </Link>
  );
}

function OtherAttachment({ attachment }: { attachment: TestAttachment }) {
  const name = nameOf(attachment);
  const row = "flex min-h-8 items-center gap-2 px-3 py-1 text-sm";
  if (attachment.fileId === null) {
    return (
      <span
        className={`${row} text-faint`}
        title={`${visibleName(attachment.path)} is not in the artifact of the report`}
      >
        <Paperclip aria-hidden size={13} className="shrink-0" />
        <span className="truncate">
          <Name>{name}</Name>
        </span>
        <span className="ml-auto shrink-0 text-xs">not uploaded</span>
      </span>
    );
  }
  return (
    <Link to="/files/$fileId" params={{ fileId: attachment.fileId }} className={`${row} hover:bg-raised`}>
      <FileText aria-hidden size={13} className="shrink-0 text-faint" />
      <span className="truncate" title={visibleName(attachment.path)}>
        <Name>{name}</Name>
      </span>
      {attachment.mediaType && <span className="ml-auto shrink-0 text-xs text-faint">{attachment.mediaType}</span>}
    </Link>
  );
}
