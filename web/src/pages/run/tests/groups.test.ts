import { expect, test } from "vitest";
import { aResult } from "../../../test/historyBuilders";
import { byCause, chosen, noveltySentence } from "./groups";

const results = [
  aResult({ id: "9.0", testId: 1, familyId: 5 }),
  aResult({ id: "9.1", testId: 2, familyId: null, novelty: "flaky" }),
  aResult({ id: "9.2", testId: 3, familyId: 5, novelty: "known" }),
  aResult({ id: "9.3", testId: 4, familyId: null }),
];

test("failures of one family stand together; those without one stand alone", () => {
  expect(byCause(results).map((cause) => cause.results.map((result) => result.id))).toEqual([
    ["9.0", "9.2"],
    ["9.1"],
    ["9.3"],
  ]);
});

test("the address names a result, or a test; else the first is looked at", () => {
  expect(chosen(results, { result: "9.2" })?.id).toBe("9.2");
  expect(chosen(results, { test: 4 })?.id).toBe("9.3");
  expect(chosen(results, { result: "0.0" })?.id).toBe("9.0");
  expect(chosen([], {})).toBeUndefined();
});

test("how many are news is said, with its limits", () => {
  expect(noveltySentence(results, true)).toBe("2 new, 1 known from elsewhere, 1 flaky");
  expect(noveltySentence(results.slice(0, 1), false)).toBe("Of the first 1: 1 new");
  expect(noveltySentence([aResult({ novelty: null })], true)).toBeNull();
});
