// Words of test history as badges, icons and counts.
import { Link } from "@tanstack/react-router";
import { Check, RotateCcw, SkipForward, X } from "lucide-react";
import type { Novelty, TestStatus, TestTotals, Verdict } from "../api/types";
import { formatCount } from "../format";
import { Badge, Name, visibleName } from "../ui";
import { noveltyWords, stateWords, statusWords, suiteOf, totalsSentence, verdictWords } from "./words";

const icons: Record<TestStatus, { icon: typeof Check; className: string }> = {
  failed: { icon: X, className: "bg-fail text-white dark:text-[#1c0506]" },
  flaky: { icon: RotateCcw, className: "bg-flaky-soft text-flaky-text" },
  skipped: { icon: SkipForward, className: "bg-raised text-faint" },
  passed: { icon: Check, className: "bg-pass-soft text-pass-text" },
};

/** The round mark in front of a result; every outcome has its own shape. */
export function TestIcon({ status, size = 18 }: { status: TestStatus; size?: number }) {
  const { icon: Icon, className } = icons[status];
  const { label, meaning } = statusWords[status];
  return (
    <span
      role="img"
      aria-label={label}
      title={meaning}
      className={`inline-flex shrink-0 items-center justify-center rounded-full ${className}`}
      style={{ width: size, height: size }}
    >
      <Icon aria-hidden size={Math.round(size * 0.62)} strokeWidth={3} />
    </span>
  );
}

/** What is thought of the test. */
export function VerdictBadge({ verdict }: { verdict: Verdict }) {
  const { label, tone, meaning } = verdictWords[verdict];
  if (verdict === "healthy" || verdict === "notEnoughData") {
    return (
      <span className="text-sm whitespace-nowrap text-faint" title={meaning}>
        {label}
      </span>
    );
  }
  return (
    <Badge tone={tone} title={meaning}>
      {label}
    </Badge>
  );
}

/** Whether the failure is news; leads to the test's history. */
export function NoveltyBadge({ novelty, testId }: { novelty: Novelty; testId?: number }) {
  const { label, tone, meaning } = noveltyWords[novelty];
  const badge = (
    <Badge tone={tone} title={meaning}>
      {label}
    </Badge>
  );
  if (testId === undefined) return badge;
  return (
    <Link
      to="/tests/$testId"
      params={{ testId: String(testId) }}
      aria-label={`${label} failure: ${meaning}. History of the test`}
    >
      {badge}
    </Link>
  );
}

const countTones = {
  failed: "font-medium text-fail-text",
  flaky: "font-medium text-flaky-text",
  passed: "text-muted",
  skipped: "text-faint",
} as const;

/** The counts of a run's tests with their marks; the state in a word where there is nothing to count. */
export function TestCounts({ totals, words = false }: { totals: TestTotals; words?: boolean }) {
  const { state } = totals;
  const odd = state !== "complete" && state !== "none";
  const badge = odd && (
    <Badge tone={stateWords[state].tone} title={totals.problem ?? stateWords[state].meaning}>
      {stateWords[state].label}
    </Badge>
  );
  if (totals.total === 0) {
    return (
      badge || (
        <span className="text-sm text-faint" title={stateWords[state].meaning}>
          –
        </span>
      )
    );
  }
  const counts: [TestStatus, number][] = [
    ["failed", totals.failed],
    ["flaky", totals.flaky],
    ["passed", totals.passed - totals.flaky],
    ["skipped", totals.skipped],
  ];
  const sentence = totalsSentence(totals);
  return (
    <span className="inline-flex flex-wrap items-baseline gap-x-2.5 gap-y-0.5 text-sm">
      <span
        role="img"
        aria-label={sentence}
        title={sentence}
        className="inline-flex flex-wrap items-baseline gap-x-2.5 gap-y-0.5"
      >
        {counts
          .filter(([, count]) => count > 0)
          .map(([status, count]) => {
            const Icon = icons[status].icon;
            return (
              <span key={status} className={`inline-flex items-baseline gap-1 whitespace-nowrap ${countTones[status]}`}>
                <Icon aria-hidden size={12} strokeWidth={2.5} className="self-center" />
                {formatCount(count)}
                {words && ` ${statusWords[status].label}`}
              </span>
            );
          })}
      </span>
      {badge}
    </span>
  );
}

/** A test's name, its suite in front and its dimensions behind. */
export function TestTitle({
  test,
  variant,
  to,
}: {
  test: { suite: string; className: string | null; name: string; file?: string | null };
  variant?: string;
  to?: number;
}) {
  const suite = suiteOf(test);
  return (
    <span className="block min-w-0">
      {to === undefined ? (
        <span className="line-clamp-3 font-medium break-words">
          <Name>{test.name}</Name>
        </span>
      ) : (
        <Link
          to="/tests/$testId"
          params={{ testId: String(to) }}
          data-row
          className="line-clamp-3 font-medium break-words"
        >
          <Name>{test.name}</Name>
        </Link>
      )}
      {(suite || variant || test.file) && (
        <span className="flex flex-wrap items-center gap-x-2 text-sm text-faint">
          {suite && (
            <span className="line-clamp-2 min-w-0 break-words">
              <Name>{suite}</Name>
            </span>
          )}
          {test.file && test.file !== test.suite && (
            <span className="line-clamp-1 min-w-0 font-mono text-xs break-all max-sm:hidden">
              <Name>{test.file}</Name>
            </span>
          )}
          {variant && <Variant variant={variant} />}
        </span>
      )}
    </span>
  );
}

/** The dimensions a result ran in. */
export function Variant({ variant }: { variant: string }) {
  if (!variant) return null;
  return (
    <Badge title={`It ran in ${visibleName(variant)}`}>
      <span className="max-w-[28ch] truncate">
        <Name>{variant}</Name>
      </span>
    </Badge>
  );
}
