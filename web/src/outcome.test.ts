import { expect, test } from "vitest";
import { endingOf, outcomeLabel, outcomeOf } from "./outcome";

test.each([
  ["completed", "success", "pass"],
  ["completed", "failure", "fail"],
  ["completed", "timed_out", "fail"],
  ["completed", "startup_failure", "fail"],
  ["completed", "cancelled", "cancelled"],
  ["completed", "action_required", "attention"],
  ["in_progress", null, "running"],
  ["queued", null, "queued"],
  ["waiting", null, "queued"],
])("%s and %s come to %s", (status, conclusion, outcome) => expect(outcomeOf({ status, conclusion })).toBe(outcome));

test("words that GitHub invents later are never green", () => {
  expect(outcomeOf({ status: "completed", conclusion: "half_done" })).toBe("unknown");
  expect(outcomeOf({ status: "completed", conclusion: null })).toBe("unknown");
  expect(outcomeLabel({ status: "completed", conclusion: "half_done" })).toBe("half done");
});

test("a run told of in short has ended when it has a conclusion", () => {
  expect(outcomeOf(endingOf({ conclusion: null }))).toBe("running");
  expect(outcomeOf(endingOf({ conclusion: "failure" }))).toBe("fail");
});
