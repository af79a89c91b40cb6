import { expect, test } from "vitest";
import { aJob, anArtifact, aRun, aStep } from "../../test/builders";
import { missingSentence, verdictOf } from "./verdict";

const failing = (name: string) =>
  aJob({ name, conclusion: "failure", steps: [aStep(), aStep({ number: 2, name: "Test", conclusion: "failure" })] });

test("failed jobs are named with the step that failed", () => {
  expect(verdictOf(aRun({ conclusion: "failure" }), [aJob(), failing("e2e 3/8")])).toBe(
    "1 of 2 jobs failed: e2e 3/8 at “Test”.",
  );
});

test("many failures are counted after the second", () => {
  const jobs = ["a", "b", "c", "d"].map(failing);
  expect(verdictOf(aRun({ conclusion: "failure" }), jobs)).toBe(
    "4 of 4 jobs failed: a at “Test”, b at “Test” and 2 more.",
  );
});

test("a failure that the run tolerates is still told", () => {
  expect(verdictOf(aRun(), [aJob(), failing("lint")])).toBe("1 of 2 jobs failed, but the run passed: lint at “Test”.");
});

test("a green run says how long it took", () => {
  expect(verdictOf(aRun(), [aJob(), aJob()])).toBe("All 2 jobs passed in 6m 24s.");
  expect(verdictOf(aRun(), [aJob(), aJob({ conclusion: "skipped" })])).toBe("1 job passed, 1 skipped in 6m 24s.");
});

test("a run that goes on says how far it is and what has failed so far", () => {
  const run = aRun({ status: "in_progress", conclusion: null, durationMs: null });
  const jobs = [aJob(), failing("lint"), aJob({ status: "in_progress", conclusion: null })];
  expect(verdictOf(run, jobs)).toBe("Running: 2 of 3 jobs done; failed so far: lint at “Test”.");
});

test("a run that waits for approval says so", () => {
  const run = aRun({ status: "waiting", conclusion: null, durationMs: null });
  const jobs = [aJob(), aJob({ status: "waiting", conclusion: null })];
  expect(verdictOf(run, jobs)).toBe("Waiting for approval: 1 of 2 jobs done.");
});

test("without jobs nothing is claimed about them", () => {
  expect(verdictOf(aRun({ conclusion: "cancelled" }), [])).toBe("Cancelled in 6m 24s.");
  expect(verdictOf(aRun(), undefined)).toBe("Passed in 6m 24s.");
});

test("missing artifacts are told with their reasons, complete ones are not", () => {
  expect(missingSentence([anArtifact()])).toBeNull();
  expect(missingSentence([anArtifact(), anArtifact({ state: "expired" }), anArtifact({ state: "quarantined" })])).toBe(
    "Of 3 artifacts, 1 is mirrored; 1 expired on GitHub, 1 given up.",
  );
});
