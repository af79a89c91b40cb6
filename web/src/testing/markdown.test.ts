import { expect, test } from "vitest";
import { aRun } from "../test/builders";
import { aFailure, aFamily, aResult, aRunRef, aTestDetail } from "../test/historyBuilders";
import { failureMarkdown, testMarkdown } from "./markdown";

test("a failure becomes a text for an issue", () => {
  const result = aResult({ failure: aFailure({ stack: "    at cart.spec.ts:12:3" }), tries: 2 });
  const text = failureMarkdown(result, aRun(), "http://127.0.0.1:3000");
  expect(text).toContain("### cart › keeps the order");
  expect(text).toContain("tests/cart.spec.ts:12");
  expect(text).toContain("failed after 1.2s, 2 tries, new failure");
  expect(text).toContain("```\nexpected 3 to equal 4\n```");
  expect(text).toContain("[Run](http://127.0.0.1:3000/runs/1) · [Test](http://127.0.0.1:3000/tests/21)");
});

test("nothing a test says becomes markup", () => {
  const result = aResult({
    name: "a](http://evil.example) <img src=x> @team #1",
    failure: aFailure({ message: "````\n[click](http://evil.example)" }),
  });
  const text = failureMarkdown(result, aRun({ workflowName: "**CI**" }), "http://127.0.0.1:3000");
  expect(text).toContain("a\\]\\(http://evil.example\\) \\<img src=x\\> \\@team \\#1");
  expect(text).toContain("\\*\\*CI\\*\\*");
  expect(text).toContain("`````\n````\n[click](http://evil.example)\n`````");
});

test("a test becomes a text for an issue, with its bounds and causes", () => {
  const since = {
    firstRed: aRunRef({ id: 2, runNumber: 42, headSha: "bbbbbbbbbb" }),
    lastGreen: aRunRef({ id: 1, runNumber: 41, headSha: "aaaaaaaaaa" }),
    commits: [],
    inconclusive: false,
    reason: "",
  };
  const at = "2026-05-04T10:00:00Z";
  const text = testMarkdown(
    aTestDetail({
      failingSince: since,
      families: [aFamily({ id: 5, title: "expected <n> [x](http://evil.example)" })],
      causes: [{ familyId: 5, failures: 2, firstAt: at, lastAt: at, similar: [] }],
    }),
    "http://127.0.0.1:3000",
  );
  expect(text).toContain("### cart › keeps the order");
  expect(text).toContain("First bad [#42](http://127.0.0.1:3000/runs/2) (bbbbbbb), last good [#41]");
  expect(text).toContain("- expected \\<n\\> \\[x\\]\\(http://evil.example\\) (2 failures)");
  expect(text).toContain("[History of the test](http://127.0.0.1:3000/tests/21)");
});
