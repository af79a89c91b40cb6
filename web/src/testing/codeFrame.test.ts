import { expect, test } from "vitest";
import { codeFrameIn } from "./codeFrame";

test("an excerpt with a marked line is read with its numbers, and leaves the text", () => {
  const frame = codeFrameIn(
    "Error: no\n\n  40 |   await a();\n> 41 |   await b();\n     |         ^\n  42 |   c();\n    at e2e/a.spec.ts:41:9",
  );
  expect(frame?.file).toBe("e2e/a.spec.ts");
  expect(frame?.lines.map((line) => [line.number, line.isMarked])).toEqual([
    [40, false],
    [41, true],
    [null, false],
    [42, false],
  ]);
  expect(frame?.lines[1]?.text).toBe("  await b();");
  expect(frame?.rest).toBe("Error: no\n\n    at e2e/a.spec.ts:41:9");
});

test("a compiler's excerpt marks the line above its pointer", () => {
  const frame = codeFrameIn(
    "error[E0308]: mismatched types\n   --> src/coupon.rs:114:24\n    |\n113 |     fn a() {\n114 |         b()\n    |         ^^^ expected C\n    |\n    = note: x",
  );
  expect(frame?.file).toBe("src/coupon.rs");
  expect(frame?.lines.filter((line) => line.isMarked).map((line) => line.number)).toEqual([114]);
  expect(frame?.lines.at(-1)?.text).toContain("^^^ expected C");
  expect(frame?.rest).toContain("= note: x");
});

test("pytest's excerpt is numbered from the place below it", () => {
  const frame = codeFrameIn(
    "self = <x>\n\n    def test_a(self):\n        b()\n>       assert 1 == 2\nE       AssertionError: assert 1 == 2\n\ntests/test_a.py:26: AssertionError",
  );
  expect(frame?.file).toBe("tests/test_a.py");
  expect(frame?.lines.map((line) => line.number)).toEqual([24, 25, 26, null]);
  expect(frame?.lines[2]).toMatchObject({ isMarked: true, text: "    assert 1 == 2" });
  expect(frame?.lines[3]?.isNote).toBe(true);
});

test("text without source has no excerpt", () => {
  expect(codeFrameIn("Error: no\n    at a.ts:1:1")).toBeNull();
  expect(codeFrameIn("a | b\n| - | - |")).toBeNull();
  expect(codeFrameIn("")).toBeNull();
});
