// Failed tests of a run by cause: those of one family stand together, in the order they came. Pure.
import type { TestResult } from "../../../api/types";

/** Failures with one cause. */
export interface Cause {
  familyId: number | null;
  results: TestResult[];
}

/** Groups failures by family; one without a family stands alone. */
export function byCause(results: TestResult[]): Cause[] {
  const causes: Cause[] = [];
  const known = new Map<number, Cause>();
  for (const result of results) {
    const cause = result.familyId === null ? undefined : known.get(result.familyId);
    if (cause) {
      cause.results.push(result);
      continue;
    }
    const added: Cause = { familyId: result.familyId, results: [result] };
    causes.push(added);
    if (result.familyId !== null) known.set(result.familyId, added);
  }
  return causes;
}

/** The result the address names, by its own id or by its test; the first one where it names none. */
export function chosen(
  results: TestResult[],
  address: { result?: string | undefined; test?: number | undefined },
): TestResult | undefined {
  return (
    results.find((result) => result.id === address.result) ??
    results.find((result) => result.testId === address.test) ??
    results[0]
  );
}

/** How many of the failures are news, in a sentence; null where nothing is known. */
export function noveltySentence(results: TestResult[], complete: boolean): string | null {
  const counts = { new: 0, known: 0, flaky: 0 };
  for (const { novelty } of results) if (novelty) counts[novelty]++;
  const parts = [
    counts.new > 0 ? `${counts.new} new` : null,
    counts.known > 0 ? `${counts.known} known from elsewhere` : null,
    counts.flaky > 0 ? `${counts.flaky} flaky` : null,
  ].filter(Boolean);
  if (parts.length === 0) return null;
  return `${complete ? "" : `Of the first ${results.length}: `}${parts.join(", ")}`;
}
