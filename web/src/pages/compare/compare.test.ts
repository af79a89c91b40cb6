import { expect, test } from "vitest";
import { aComparison } from "../../test/historyBuilders";
import { changeText } from "./Change";
import { isDifferent } from "./ComparedJobs";
import { comparisonSentence, runIdIn } from "./ComparePage";

test("a run is named by its id or by its address, here or on GitHub", () => {
  expect(runIdIn(" 123 ")).toBe(123);
  expect(runIdIn("https://github.example/acme/checkout/actions/runs/456/job/9")).toBe(456);
  expect(runIdIn("http://127.0.0.1:3000/runs/7?tab=jobs")).toBe(7);
  expect([runIdIn("abc"), runIdIn("-1"), runIdIn("")]).toEqual([null, null, null]);
});

test("small differences are no change", () => {
  expect(changeText(60_000, 62_000)).toBeNull();
  expect(changeText(100, 150)).toBeNull();
  expect(changeText(60_000, 122_000)).toBe("+1m 02s");
  expect(changeText(2_000, 500)).toBe("−1.5s");
  expect(changeText(null, 500)).toBeNull();
});

test("a step is different by its conclusion or its duration", () => {
  const step = {
    name: "s",
    baseConclusion: "success",
    headConclusion: "success",
    baseDurationMs: 10,
    headDurationMs: 20,
  };
  expect(isDifferent(step)).toBe(false);
  expect(isDifferent({ ...step, headConclusion: "failure" })).toBe(true);
});

test("what changed is said in one sentence", () => {
  expect(comparisonSentence(aComparison())).toBe("No test did differently.");
  const tests = aComparison().tests;
  expect(
    comparisonSentence(
      aComparison({ tests: { ...tests, newFailures: { total: 1, tests: [] }, fixed: { total: 2, tests: [] } } }),
    ),
  ).toBe("1 new failure, 2 fixed.");
});
