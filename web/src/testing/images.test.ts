import { expect, test } from "vitest";
import type { TestAttachment } from "../api/types";
import { attachmentName, isTrace, sortFiles } from "./images";

const file = (name: string, change: Partial<TestAttachment> = {}): TestAttachment => ({
  name,
  path: `out/${name}`,
  fileId: "5.1",
  url: "/api/files/5.1/content",
  mediaType: null,
  ...change,
});

test("expected, actual and difference of one picture stand together", () => {
  const sorted = sortFiles(
    ["cart-expected.png", "cart-actual.png", "cart-diff.png", "menu-actual.png", "menu-diff.png"].map((name) =>
      file(name),
    ),
  );
  expect(sorted.sets.map((set) => [set.name, Object.keys(set.images)])).toEqual([
    ["cart.png", ["expected", "actual", "diff"]],
    ["menu.png", ["actual", "diff"]],
  ]);
  expect(sorted.screenshots).toEqual([]);
});

test("one part alone is a screenshot, and of two alike the second one is", () => {
  const sorted = sortFiles([
    file("cart-actual.png"),
    file("a-expected.png"),
    file("a-actual.png"),
    file("a-actual.png"),
  ]);
  expect(sorted.sets).toHaveLength(1);
  expect(sorted.screenshots.map(attachmentName).sort()).toEqual(["a-actual.png", "cart-actual.png"]);
});

test("traces, videos and other files are told apart, and what was not uploaded is no picture", () => {
  const sorted = sortFiles([
    file("trace", { path: "data/0a1b.zip" }),
    file("video", { path: "data/0a1b.webm" }),
    file("log.txt"),
    file("shot.png", { url: null, fileId: null }),
  ]);
  expect(sorted.traces).toHaveLength(1);
  expect(sorted.videos).toHaveLength(1);
  expect(sorted.others.map(attachmentName)).toEqual(["log.txt", "shot.png"]);
  expect([isTrace(file("stacktrace.txt")), isTrace(file("trace.zip")), isTrace(file("login-trace.zip"))]).toEqual([
    false,
    true,
    true,
  ]);
});
