import { expect, test } from "vitest";
import type { LogStep } from "./StepRail";
import { endOfFailure } from "./useFailedStep";

const step = (conclusion: string | null, lastLine: number | null): LogStep => ({
  number: 1,
  name: "step",
  status: "completed",
  conclusion,
  durationMs: 1,
  firstLine: lastLine && 1,
  lastLine,
});

test("a log opens at the end of the first step that failed", () => {
  expect(endOfFailure([step("success", 10), step("failure", 99), step("failure", 120)])).toBe(98);
});

test("without a failed step, or without knowing its lines, it opens at its beginning", () => {
  expect(endOfFailure([step("success", 10), step("skipped", null)])).toBeNull();
  expect(endOfFailure([step("failure", null)])).toBeNull();
});
