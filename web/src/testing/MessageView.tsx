// What a test said when it failed: the words of its runner, the two sides of an assertion with what differs marked,
// and the source around the line. Written by the test: shown as text.
import clsx from "clsx";
import { lazy, Suspense } from "react";
import { Name } from "../ui";
import { type CodeFrame, codeFrameIn } from "./codeFrame";
import { type Expectation, expectationIn } from "./expectation";
import { plainText } from "./stack";
import { Verbatim } from "./Verbatim";

const Sides = lazy(async () => ({ default: (await import("./Sides")).Sides }));

/** What is read out of a failure's texts. */
export interface ReadFailure {
  type: string | null;
  text: string;
  sides: Expectation | null;
  frame: CodeFrame | null;
  stack: string | null;
}

/** Reads message and stack; an excerpt of source is shown once, wherever it stood. */
export function readFailure(failure: { message: string; type: string | null; stack: string | null }): ReadFailure {
  const message = plainText(failure.message).trim();
  const inMessage = codeFrameIn(message);
  const text = (inMessage?.rest ?? message).trim();
  const inStack = failure.stack ? codeFrameIn(failure.stack) : null;
  const type = failure.type && !text.startsWith(failure.type) ? failure.type : null;
  return {
    type,
    text,
    sides: expectationIn(message),
    frame: inMessage ?? inStack,
    stack: inStack?.rest ?? failure.stack,
  };
}

/** The message, then the two sides where it has them. */
export function MessageView({ read, quiet = false }: { read: ReadFailure; quiet?: boolean }) {
  const { type, text, sides } = read;
  if (!text && !type) return quiet ? null : <p className="text-muted">The report gives no message.</p>;
  return (
    <div className="flex min-w-0 flex-col gap-3">
      <Verbatim
        label="Message"
        text={text}
        strong={!quiet}
        {...(type ? { lead: type } : {})}
        className={clsx(
          "max-h-80 rounded-md border px-3 py-2 text-sm",
          quiet ? "border-line bg-raised text-muted" : "border-fail/40 bg-fail-soft text-text",
        )}
      />
      {sides && (
        <Suspense fallback={<div className="h-16" />}>
          <Sides sides={sides} />
        </Suspense>
      )}
    </div>
  );
}

/** The lines of source around a failure. */
export function CodeFrameView({ frame, file, line }: { frame: CodeFrame; file: string | null; line: number | null }) {
  const numbers = frame.lines.flatMap((one) => (one.number === null ? [] : [one.number]));
  const place = frame.file ?? file;
  const [first, last] = [numbers[0], numbers.at(-1)];
  const width = String(last ?? line ?? "").length;
  return (
    <figure className="min-w-0 overflow-hidden rounded-md border border-line">
      {(place || first !== undefined) && (
        <figcaption className="flex items-center justify-between gap-3 border-b border-line bg-raised/60 px-3 py-1 font-mono text-xs text-muted">
          <span className="min-w-0 truncate">{place && <Name>{place}</Name>}</span>
          {first !== undefined && (
            <span className="shrink-0 text-faint">{first === last ? first : `${first}–${last}`}</span>
          )}
        </figcaption>
      )}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable with the keyboard. */}
      <section aria-label="Source" tabIndex={0} className="overflow-x-auto py-1">
        <pre className="w-max min-w-full font-mono text-xs leading-5">
          {frame.lines.map((one, index) => (
            <span
              // biome-ignore lint/suspicious/noArrayIndexKey: a line is its place in the excerpt.
              key={index}
              className={clsx(
                "block pr-3",
                one.isMarked && "bg-fail-soft",
                one.isNote ? "text-fail-text" : one.isMarked ? "text-text" : "text-muted",
              )}
            >
              <span aria-hidden className="inline-block w-5 pl-2 text-fail-text select-none">
                {one.isMarked ? "›" : ""}
              </span>
              <span className="mr-3 inline-block text-right text-faint select-none" style={{ width: `${width}ch` }}>
                {one.number ?? ""}
              </span>
              {one.isMarked && <span className="sr-only">This line failed: </span>}
              <bdi>{one.text || " "}</bdi>
              {"\n"}
            </span>
          ))}
        </pre>
      </section>
    </figure>
  );
}
