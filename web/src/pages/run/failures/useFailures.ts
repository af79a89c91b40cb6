// The failures of an attempt as one list, for the tab that shows them and for the sentence above it.
import { useInfiniteQuery } from "@tanstack/react-query";
import { runTestsQuery } from "../../../api/history";
import type { Job, RunDetail, TestResult } from "../../../api/types";
import { outcomeOf } from "../../../outcome";
import { causesOf, failureItems } from "./items";

/** Whether anything failed that the tab could show. */
export function hasFailures(run: RunDetail, attempt: number | undefined, jobs: Job[] | undefined): boolean {
  const shown = run.attempts.find((one) => one.attempt === attempt) ?? run;
  const failed = jobs?.some((job) => outcomeOf(job) === "fail") ?? false;
  return failed || outcomeOf(shown) === "fail" || (attempt === undefined && run.summary.tests.failed > 0);
}

/** Asks only where something failed; the items are in the order in which they are shown. */
export function useFailures(run: RunDetail, attempt: number | undefined, jobs: Job[] | undefined) {
  const isAsked = hasFailures(run, attempt, jobs);
  const list = useInfiniteQuery({
    ...runTestsQuery(run.id, { status: "failed", ...(attempt === undefined ? {} : { attempt }) }),
    enabled: isAsked,
  });
  const results: TestResult[] = list.data?.pages.flatMap((page) => page.tests) ?? [];
  const fromLogs = list.data?.pages[0]?.logFailures ?? [];
  const causes = causesOf(list.data ? failureItems(results, fromLogs, jobs ?? []) : []);
  const items = causes.flatMap((cause) => cause.items);
  return { isAsked, list, results, causes, items };
}

/** What {@link useFailures} gives. */
export type FoundFailures = ReturnType<typeof useFailures>;
