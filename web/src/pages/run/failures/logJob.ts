// The job whose log a failed test is in. Pure.
import type { Job, TestResult } from "../../../api/types";
import { outcomeOf } from "../../../outcome";

/** The values of a variant: "chromium" and "2" of "project=chromium; matrix=2". */
function valuesOf(variant: string): string[] {
  return variant
    .split(/[;,]/)
    .map((part) => part.split("=").at(-1)?.trim().toLowerCase() ?? "")
    .filter((value) => value.length > 1);
}

/**
 * The job that made the report; where that one passed it only gathered what others ran, and the failed job that is
 * named like the variant is meant, or the only failed one. Null where there is no way to tell.
 */
export function logJob(result: TestResult, jobs: Job[] | undefined): number | null {
  const own = jobs?.find((job) => job.id === result.jobId);
  const failed = jobs?.filter((job) => outcomeOf(job) === "fail") ?? [];
  if (!own || outcomeOf(own) === "fail" || failed.length === 0) return result.jobId;
  const values = valuesOf(result.variant);
  const named = failed.filter((job) => values.some((value) => job.name.toLowerCase().includes(value)));
  return (named[0] ?? (failed.length === 1 ? failed[0] : own))?.id ?? null;
}
