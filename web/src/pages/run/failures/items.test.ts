import { expect, test } from "vitest";
import { aJob } from "../../../test/builders";
import { aFailure, aLogFailure, aResult } from "../../../test/historyBuilders";
import { causesOf, chosenItem, failureItems, itemMessage, stepFrom } from "./items";

const results = [
  aResult({ id: "9.0", testId: 1, familyId: 5, jobId: 11 }),
  aResult({ id: "9.1", testId: 2, familyId: null }),
  aResult({ id: "9.2", testId: 3, familyId: 5 }),
];
const failing = (id: number) => aJob({ id, name: `job ${id}`, conclusion: "failure" });

test("failures of one family stand together; those without one stand alone", () => {
  const causes = causesOf(failureItems(results, [aLogFailure({ familyId: 5 })], []));
  expect(causes.map((cause) => cause.items.map((item) => item.id))).toEqual([["9.0", "9.2", "log-11-77"], ["9.1"]]);
  expect(causes[0]?.title).toBe("expected 3 to equal 4");
});

test("causes that are news come first, and of those the larger ones", () => {
  const known = [7, 8, 9].map((testId) => aResult({ id: `8.${testId}`, testId, familyId: 6, novelty: "known" }));
  const causes = causesOf(failureItems([...known, aResult({ id: "9.9", familyId: null }), ...results], [], []));
  expect(causes.map((cause) => cause.items.length)).toEqual([2, 1, 1, 3]);
});

test("a failed job is a failure of its own only where nothing else tells why", () => {
  expect(failureItems([], [], [failing(1), aJob({ id: 2 })]).map((item) => item.id)).toEqual(["job-1"]);
  expect(failureItems(results, [], [failing(1)]).map((item) => item.kind)).toEqual(["test", "test", "test"]);
  expect(failureItems([], [aLogFailure({ jobId: 1 })], [failing(1), failing(2)]).map((item) => item.kind)).toEqual([
    "log",
  ]);
});

test("the address names a failure by its id or its test, and may name none", () => {
  const items = failureItems(results, [aLogFailure()], []);
  expect(chosenItem(items, { result: "9.2" })?.id).toBe("9.2");
  expect(chosenItem(items, { result: "log-11-77" })?.kind).toBe("log");
  expect(chosenItem(items, { test: 2 })?.id).toBe("9.1");
  expect(chosenItem(items, { result: "0.0" })).toBeUndefined();
  expect(chosenItem([], {})).toBeUndefined();
});

test("next and previous stop at the ends", () => {
  const items = failureItems(results, [], []);
  expect(stepFrom(items, items[0], 1)?.id).toBe("9.1");
  expect(stepFrom(items, items[2], 1)?.id).toBe("9.2");
  expect(stepFrom(items, items[0], -1)?.id).toBe("9.0");
  expect(stepFrom(items, undefined, 1)?.id).toBe("9.0");
  expect(stepFrom([], undefined, 1)).toBeUndefined();
});

test("a message is its first line that says something", () => {
  const [item] = failureItems([aResult({ failure: aFailure({ message: "\n  no\nmore" }) })], [], []);
  expect(item && itemMessage(item)).toBe("no");
  const [job] = failureItems([], [], [failing(1)]);
  expect(job && itemMessage(job)).toMatch(/^failed/);
});
