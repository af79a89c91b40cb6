import { expect, test } from "vitest";
import { someTests } from "../test/builders";
import { aReport } from "../test/historyBuilders";
import { outcomesSentence } from "./OutcomeStrip";
import { fullName, passesFor95, searchWords, standingWord, totalsSentence } from "./words";

test("flaky tests are told apart from those that passed at once", () => {
  expect(totalsSentence(someTests({ total: 44, passed: 39, failed: 2, flaky: 1, skipped: 3 }))).toBe(
    "2 failed, 1 flaky, 38 passed, 3 skipped",
  );
  expect(totalsSentence(someTests({ state: "empty" }))).toBe("no test ran");
});

test("a report that does not count names the one that does", () => {
  const other = aReport({ id: 3, path: "merged/results.json", attempt: 2 });
  expect(standingWord(aReport(), undefined)).toBeNull();
  expect(standingWord(aReport({ standing: "duplicate", instead: 3 }), other)).toBe("duplicate of results.json");
  expect(standingWord(aReport({ standing: "duplicate", instead: 3 }), undefined)).toBe("duplicate of report 3");
  expect(standingWord(aReport({ standing: "superseded", instead: 3 }), other)).toBe("superseded by attempt 2");
});

test("a name stands below its suites, or its class where there is none", () => {
  expect(fullName({ suite: "cart > totals", className: "Cart", name: "adds" })).toBe("cart › totals › adds");
  expect(fullName({ suite: "", className: "CartTest", name: "adds" })).toBe("CartTest › adds");
  expect(fullName({ suite: "", className: null, name: "adds" })).toBe("adds");
});

test("a long name is searched by as many words as the server takes", () => {
  expect(searchWords("one two  three four five six seven eight")).toBe("one two three four five six");
});

test("the rarer the flake, the more passes prove that it is gone", () => {
  expect(passesFor95(0)).toBeNull();
  expect(passesFor95(0.5)).toBe(5);
  expect(passesFor95(0.1)).toBe(29);
  expect(passesFor95(1)).toBe(1);
});

test("a strip is told in words", () => {
  expect(outcomesSentence("PPFLS")).toBe("Last 5 results, oldest first: 2 passed, 1 failed, 1 flaky, 1 skipped");
  expect(outcomesSentence("")).toBe("No results yet");
});
