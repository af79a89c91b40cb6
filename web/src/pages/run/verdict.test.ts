import { expect, test } from "vitest";
import { aJob, anArtifact, aRun, aStep } from "../../test/builders";
import { aResult, aRunRef } from "../../test/historyBuilders";
import { commonSince, failedSentence, missingSentence, newsParts, otherJobsSentence, verdictOf } from "./verdict";

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

test("failed tests are told with the jobs they failed in", () => {
  const jobs = [failing("a"), aJob({ id: 12 }), aJob({ id: 13 })];
  const results = [aResult(), aResult({ id: "9.1" })];
  expect(failedSentence({ failed: 2, results, jobs })).toBe("2 tests failed in 1 of 3 jobs.");
  expect(failedSentence({ failed: 1, results: [aResult()], jobs: undefined })).toBe("1 test failed.");
});

test("where a later job gathered the reports, the failed jobs are counted", () => {
  const jobs = [failing("a"), { ...failing("b"), id: 14 }, aJob({ id: 12, name: "merge" })];
  const news = { failed: 1, results: [aResult({ jobId: 12 })], jobs };
  expect(failedSentence(news)).toBe("1 test failed in 2 of 3 jobs.");
  expect(otherJobsSentence(news)).toBe("");
});

test("a job that failed without a failed test is not left out", () => {
  const jobs = [failing("e2e"), { ...failing("merge"), id: 12 }];
  expect(otherJobsSentence({ failed: 1, results: [aResult()], jobs })).toBe("1 more job failed: merge at “Test”.");
  expect(otherJobsSentence({ failed: 0, results: [], jobs })).toBe("");
});

test("how many are news is said in words", () => {
  const kinds = (...novelties: ("new" | "known" | "flaky")[]) =>
    newsParts({
      failed: novelties.length,
      results: novelties.map((novelty) => aResult({ novelty })),
      jobs: undefined,
    }).map((part) => part.text);
  expect(kinds("new", "new", "flaky")).toEqual(["Two are new", "one is a known flake"]);
  expect(kinds("new")).toEqual(["It is new"]);
  expect(kinds("known", "known")).toEqual(["All are known from elsewhere"]);
  expect(newsParts({ failed: 1, results: [aResult({ novelty: null })], jobs: undefined })).toEqual([]);
});

test("since when is said only where the tests agree on a run that is not later", () => {
  const since = (id: number, runNumber: number, inconclusive = false) => ({
    lastGreen: null,
    firstRed: aRunRef({ id, runNumber }),
    commits: [],
    inconclusive,
    reason: "",
  });
  expect(commonSince([since(4, 40), since(4, 40)], 41)?.firstRed?.id).toBe(4);
  expect(commonSince([since(4, 40), since(5, 41)], 41)).toBeNull();
  expect(commonSince([since(4, 44)], 41)).toBeNull();
  expect(commonSince([since(4, 40, true)], 41)).toBeNull();
  expect(commonSince([since(4, 40), null], 41)).toBeNull();
  expect(commonSince([], 41)).toBeNull();
});
