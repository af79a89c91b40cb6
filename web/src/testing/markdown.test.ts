import { expect, test } from "vitest";
import { aRun } from "../test/builders";
import { aFailure, aResult } from "../test/historyBuilders";
import { failureMarkdown } from "./markdown";

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
