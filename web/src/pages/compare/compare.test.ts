import { expect, test } from "vitest";
import type { ComparedFile, Run } from "../../api/types";
import { anArtifact, aRun } from "../../test/builders";
import { aComparison, aRunRef } from "../../test/historyBuilders";
import { changeText } from "./Change";
import { commitsBetween } from "./CommitsBetween";
import { comparedArtifacts, sizeChange } from "./ComparedArtifacts";
import { isDifferent } from "./ComparedJobs";
import { changedPictures } from "./ComparedPictures";
import { comparisonSentence } from "./CompareTab";
import { runIdIn, runRange } from "./runIdIn";

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

test("two runs are named as GitHub names a range", () => {
  expect(runRange("4...7")).toEqual({ base: 4, head: 7 });
  expect(runRange("4..7")).toEqual({ base: 4, head: 7 });
  expect([runRange("4"), runRange("a...b"), runRange("0...7"), runRange("4...7...9")]).toEqual([
    null,
    null,
    null,
    null,
  ]);
});

test("artifacts are matched by name, the largest change first", () => {
  const base = [anArtifact({ name: "a", sizeBytes: 1000 }), anArtifact({ name: "gone", sizeBytes: 5 })];
  const head = [anArtifact({ name: "new", sizeBytes: 7 }), anArtifact({ name: "a", sizeBytes: 1500 })];
  const compared = comparedArtifacts(base, head);
  expect(compared.map((one) => one.name)).toEqual(["a", "new", "gone"]);
  expect(compared.map(sizeChange)).toEqual(["+500 B (+50%)", null, null]);
  expect(sizeChange({ baseBytes: 2000, headBytes: 1000 })).toBe("−1 KB (−50%)");
});

test("only pictures of both runs are compared, and of a test's own comparison only the actual one", () => {
  const file = (path: string, change: Partial<ComparedFile> = {}): ComparedFile => ({
    artifactName: "shots",
    path,
    baseId: "1.0",
    headId: "2.0",
    baseBytes: 1,
    headBytes: 2,
    ...change,
  });
  const files = [
    file("a.png"),
    file("b.txt"),
    file("c.png", { baseId: null }),
    file("d-actual.png"),
    file("d-diff.png"),
  ];
  expect(changedPictures(files).map((one) => one.path)).toEqual(["a.png", "d-actual.png"]);
});

test("commits between two runs are told once each, without the older one's", () => {
  const run = (id: number, headSha: string, createdAt: string): Run => aRun({ id, headSha, createdAt });
  const base = aRunRef({ headSha: "a", createdAt: "2026-05-01T00:00:00Z" });
  const head = { headSha: "c", createdAt: "2026-05-04T00:00:00Z" };
  const runs = [
    run(5, "d", "2026-05-05T00:00:00Z"),
    run(4, "c", "2026-05-04T00:00:00Z"),
    run(3, "b", "2026-05-03T00:00:00Z"),
    run(2, "b", "2026-05-02T00:00:00Z"),
    run(1, "a", "2026-05-01T12:00:00Z"),
  ];
  expect(commitsBetween(runs, head, base).map((one) => one.id)).toEqual([4, 3]);
});
