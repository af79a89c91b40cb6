// Where a step begins in its job's log, as the address names it; GitHub's own form.
import type { Step } from "../../../api/types";

/** The location hash of a step's first line. */
export function stepHash(step: Step): string {
  return `step:${step.number}:1`;
}
