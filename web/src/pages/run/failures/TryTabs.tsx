// The tries of a test in one job: the run and its retries, each with how it ended.
import { Link } from "@tanstack/react-router";
import type { TestResult, TestStatus } from "../../../api/types";
import { TestIcon } from "../../../testing/badges";
import { Duration } from "../../../ui";

/** One try as its tab shows it. */
export interface ShownTry {
  label: string;
  status: TestStatus;
  durationMs: number | null;
  /** What it said; the last one has more than its message. */
  message: string;
  isLast: boolean;
}

/** All tries, the last one at the end. */
export function triesOf(result: TestResult): ShownTry[] {
  const earlier = result.failure?.tries ?? [];
  const label = (index: number) => (index === 0 ? "Run" : `Retry ${index}`);
  return [
    ...earlier.map((one, index) => ({
      label: label(index),
      status: one.status,
      durationMs: one.durationMs,
      message: one.message ?? "",
      isLast: false,
    })),
    {
      label: label(earlier.length),
      status: result.status === "flaky" ? "passed" : result.status,
      durationMs: result.durationMs,
      message: result.failure?.message ?? "",
      isLast: true,
    },
  ];
}

/** Links between the tries; the address says which. Nothing where there was only one. */
export function TryTabs({ tries, shown }: { tries: ShownTry[]; shown: ShownTry | undefined }) {
  if (tries.length < 2) return null;
  return (
    <nav aria-label="Tries" className="flex flex-wrap gap-1">
      {tries.map((one, index) => (
        <Link
          key={one.label}
          from="/runs/$runId"
          to="."
          search={(previous) => ({ ...previous, try: one.isLast ? undefined : index + 1 }) as never}
          replace
          resetScroll={false}
          activeOptions={{ exact: true }}
          aria-current={one === shown ? "true" : undefined}
          data-current={one === shown || undefined}
          className="flex h-8 items-center gap-1.5 rounded-md px-2.5 text-sm text-muted hover:bg-raised hover:no-underline data-current:bg-raised data-current:font-semibold data-current:text-text"
        >
          <TestIcon status={one.status} size={14} /> {one.label}
          <span className="font-normal text-faint">
            <Duration ms={one.durationMs} />
          </span>
        </Link>
      ))}
    </nav>
  );
}
