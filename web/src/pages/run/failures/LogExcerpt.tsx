// The lines of a job's log around a failure: five on each side, ten more on demand.
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import clsx from "clsx";
import { ChevronDown, ChevronUp, ScrollText } from "lucide-react";
import { type ReactNode, useState } from "react";
import { formatCount } from "../../../format";
import { type ExcerptLine, failedStepQuery, failureLineQuery, logLinesQuery } from "./logLines";

/** What the excerpt is of: a line that is known, a test that the log names, or the step that failed. */
export type ExcerptOf = { line: number } | { name: string; message: string } | "failed step";

interface Place {
  runId: number;
  jobId: number;
  attempt: number | undefined;
}

const around = 5;
const more = 10;

/** The line the excerpt is about; null while it is not known, or where the log does not speak of it. */
export function useExcerptLine(jobId: number | null, of: ExcerptOf): number | null {
  const isNamed = of !== "failed step" && "name" in of;
  const named = useQuery({
    ...failureLineQuery(jobId ?? 0, isNamed ? of.name : "", isNamed ? of.message : ""),
    enabled: jobId !== null && isNamed,
  });
  const step = useQuery({ ...failedStepQuery(jobId ?? 0), enabled: jobId !== null && of === "failed step" });
  if (of === "failed step") return step.data ?? null;
  return "line" in of ? of.line : (named.data ?? null);
}

/** The excerpt; nothing where there is no log, or it does not speak of the failure. */
export function LogExcerpt({ place, line }: { place: Place; line: number | null }) {
  const [before, setBefore] = useState(around);
  const [after, setAfter] = useState(around);
  const from = Math.max(1, (line ?? 1) - before);
  const count = (line ?? 1) - from + after + 1;
  const lines = useQuery({
    ...(line === null
      ? { ...logLinesQuery(place.jobId, 1, 1), enabled: false }
      : logLinesQuery(place.jobId, from, count)),
    placeholderData: (previous) => previous,
  });
  if (line === null || !lines.data || lines.data.length === 0) return null;
  const isAtEnd = !lines.isPlaceholderData && lines.data.length < count;
  return (
    <section aria-label="Log around the failure" className="border-t border-line bg-raised/40">
      <header className="flex flex-wrap items-center gap-x-3 px-4 pt-2 text-sm text-muted">
        <ScrollText aria-hidden size={13} className="text-faint" />
        <span className="font-medium">Log</span>
        <LineLink place={place} line={line}>
          line {formatCount(line)}
        </LineLink>
        {from > 1 && <More up onClick={() => setBefore(before + more)} />}
      </header>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable with the keyboard. */}
      <section tabIndex={0} aria-label="Lines of the log" className="overflow-x-auto py-1.5">
        <ol className="w-max min-w-full font-mono text-xs leading-5">
          {lines.data.map((one) => (
            <Line key={one.number} place={place} line={one} isMeant={one.number === line} />
          ))}
        </ol>
      </section>
      {!isAtEnd && (
        <footer className="px-4 pb-2">
          <More onClick={() => setAfter(after + more)} />
        </footer>
      )}
    </section>
  );
}

function More({ up = false, onClick }: { up?: boolean; onClick: () => void }) {
  const Icon = up ? ChevronUp : ChevronDown;
  return (
    <button
      type="button"
      onClick={onClick}
      className="inline-flex min-h-6 items-center gap-1 rounded text-sm text-faint hover:text-text"
    >
      <Icon aria-hidden size={13} /> Show {more} more <span className="sr-only">{up ? "above" : "below"}</span>
    </button>
  );
}

function LineLink({
  place,
  line,
  children,
  ...look
}: {
  place: Place;
  line: number;
  children: ReactNode;
  className?: string;
  tabIndex?: number;
}) {
  return (
    <Link
      to="/runs/$runId/jobs/$jobId"
      params={{ runId: String(place.runId), jobId: String(place.jobId) }}
      search={place.attempt === undefined ? {} : { attempt: place.attempt }}
      hash={`L${line}`}
      {...look}
    >
      {children}
    </Link>
  );
}

function Line({ place, line, isMeant }: { place: Place; line: ExcerptLine; isMeant: boolean }) {
  return (
    <li
      aria-current={isMeant ? "true" : undefined}
      className={clsx("flex", isMeant && "bg-fail-soft", line.level === "error" && "text-fail-text")}
    >
      <LineLink
        place={place}
        line={line.number}
        tabIndex={-1}
        className="w-20 shrink-0 pr-4 text-right text-faint select-none"
      >
        {formatCount(line.number)}
      </LineLink>
      <pre className={clsx("pr-4 font-mono", !isMeant && line.level === null && "text-muted")}>
        <bdi>{line.text || " "}</bdi>
      </pre>
    </li>
  );
}
