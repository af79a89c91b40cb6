import { expect, test } from "vitest";
import { firstLine, isLibraryFrame, plainText, stackParts, withoutMessage, withoutWorkspace } from "./stack";

const kinds = (stack: string) => stackParts(stack).map((part) => `${part.kind} ${part.lines.length}`);

test("frames of libraries are told from one's own, in their order", () => {
  const stack = [
    "    at Cart.total (/home/runner/work/shop/shop/src/cart.ts:10:5)",
    "    at /home/runner/work/shop/shop/tests/cart.spec.ts:4:3",
    "    at runTest (node_modules/vitest/dist/chunk.js:40:1)",
    "    at process.processTicksAndRejections (node:internal/process/task_queues:95:5)",
    "    at async src/main.ts:3:1",
  ].join("\n");
  expect(kinds(stack)).toEqual(["own 2", "library 2", "own 1"]);
});

test.each([
  ["java", "\tat org.junit.Assert.fail(Assert.java:89)"],
  ["gradle", "\tat org.gradle.internal.Worker.run(Worker.java:1)"],
  ["python", '  File "/usr/lib/python3.12/site-packages/_pytest/python.py", line 194, in f'],
  ["go", "\t/usr/local/go/src/testing/testing.go:1690"],
  ["rust", "   4: core::ops::function::FnOnce::call_once"],
  ["dotnet", "   at Xunit.Assert.Equal(Object expected)"],
  ["ruby", "     # /gems/rspec-core-3.13/lib/rspec/core/example.rb:263"],
  ["php", "/app/vendor/phpunit/phpunit/src/Framework/TestCase.php:1617"],
])("a frame of %s's libraries is one", (_, line) => expect(isLibraryFrame(line)).toBe(true));

test.each([
  "\tat com.acme.cart.CartTest.keepsOrder(CartTest.java:31)",
  '  File "/home/runner/work/shop/shop/tests/test_cart.py", line 12, in test_order',
  "        /home/runner/work/shop/shop/cart/cart_test.go:14",
  "   2: shop::cart::tests::keeps_order",
])("a frame of one's own is none: %s", (line) => expect(isLibraryFrame(line)).toBe(false));

test("Python's source lines stay with the frame above them", () => {
  const stack = [
    "Traceback (most recent call last):",
    '  File "tests/test_cart.py", line 12, in test_order',
    "    assert total == 4",
    "AssertionError: 3 != 4",
  ].join("\n");
  expect(kinds(stack)).toEqual(["text 1", "own 2", "text 1"]);
});

test("terminal codes go, hidden characters are written out, lines stay", () => {
  expect(plainText("\u001b[31mred\u001b[39m\r\nnext\tcell")).toBe("red\nnext\tcell");
  expect(plainText("a\u202Eb\u0000")).toBe("a⟨202E⟩b⟨0000⟩");
  expect(plainText("\u001b]8;;http://evil.example\u0007link\u001b]8;;\u0007")).toBe("link");
});

test("the first line that says something is the first line", () => {
  expect(firstLine("\n  \u001b[1m\u001b[22m\n  Error: no\n at x")).toBe("Error: no");
  expect(firstLine("")).toBe("");
});

test("a message repeated on top of its stack is shown once", () => {
  expect(withoutMessage("Error: no\n    at a (b.ts:1:1)", "no")).toBe("    at a (b.ts:1:1)");
  expect(withoutMessage("Timeout\n    at a (b.ts:1:1)", "\u001b[31mTimeout\u001b[39m\n\nwaiting")).toBe(
    "    at a (b.ts:1:1)",
  );
  expect(withoutMessage("Other: cause\n    at a (b.ts:1:1)", "no")).toBe("Other: cause\n    at a (b.ts:1:1)");
  expect(withoutMessage("    at a (b.ts:1:1)", "no")).toBe("    at a (b.ts:1:1)");
  expect(withoutMessage("Error: no", "Error: no")).toBe("");
});

test("any bytes are read without an error and in linear time", () => {
  const long = `${"at ".repeat(40_000)}\n${"\u001b[".repeat(40_000)}\n${" ".repeat(100_000)}x`;
  const begin = performance.now();
  stackParts(long);
  expect(performance.now() - begin).toBeLessThan(2_000);
});

test("paths lose the folder of the runner, and no other", () => {
  expect(withoutWorkspace("at /home/runner/work/shop/shop/e2e/a.ts:1:2")).toBe("at e2e/a.ts:1:2");
  expect(withoutWorkspace("at x (D:\\a\\shop\\shop\\a.cs:3)")).toBe("at x (a.cs:3)");
  expect(withoutWorkspace("/home/me/shop/shop/a.ts")).toBe("/home/me/shop/shop/a.ts");
});
