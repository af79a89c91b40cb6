import { expect, test } from "vitest";
import type { Found, FoundItem } from "../api/types";
import { asked } from "./mode";
import { recentOf, searchUrl, sectionsOf, step, urlOf } from "./rows";

const item = (change: Partial<FoundItem>): FoundItem => ({
  id: "1",
  title: "login",
  context: "auth",
  repository: "acme/shop",
  url: "/tests/1",
  at: null,
  status: null,
  conclusion: null,
  runNumber: null,
  branch: null,
  actor: null,
  verdict: null,
  runs: null,
  sizeBytes: null,
  ...change,
});
const found: Found = {
  groups: [
    { type: "tests", items: [item({}), item({ id: "2", url: "/tests/2" })], more: false, nextCursor: null },
    { type: "runs", items: [], more: false, nextCursor: null },
  ],
  resolved: null,
  notMirrored: null,
};
const commands = [
  { id: "theme", title: "Switch between light and dark", words: "colours" },
  { id: "go:/runs", title: "Runs", to: "/runs" },
];
const titles = (text: string, answer?: Found) =>
  sectionsOf(asked(text), commands, [], answer).map((section) => `${section.title} ${section.rows.length}`);

test("before anything is typed there are recents and commands", () => {
  const recent = { url: "/runs/1", title: "A run", context: "CI", type: "runs" as const };
  const sections = sectionsOf(asked(""), commands, [recent], undefined);
  expect(sections.map((section) => section.title)).toEqual(["Opened lately", "Commands"]);
  expect(titles("")).toEqual(["Commands 2"]);
});

test("an angle bracket leaves commands only, narrowed by what follows", () => {
  expect(titles("> colours", found)).toEqual(["Commands 1"]);
  expect(titles("> nothing", found)).toEqual([]);
});

test("results come in groups without empty ones, then all of them, then commands that match", () => {
  expect(titles("login", found)).toEqual(["Tests 2", "More 1"]);
  expect(titles("runs", found)).toEqual(["Tests 2", "More 1", "Commands 1"]);
  expect(titles("login", { ...found, groups: [] })).toEqual([]);
});

test("what the words name exactly comes first", () => {
  const resolved = { kind: "run", title: "#1 A run", url: "/runs/1", jobId: null, step: null, line: null };
  expect(titles("#1", { ...found, resolved })[0]).toBe("Go to 1");
});

test("a later command stands in for the earlier one of its id", () => {
  const both = [...commands, { id: "theme", title: "Another theme" }];
  const [section] = sectionsOf(asked(">"), both, [], undefined);
  expect(section?.rows.map((row) => row.kind === "command" && row.command.title)).toEqual(["Another theme", "Runs"]);
});

test("steps go around the ends", () => {
  const rows = sectionsOf(asked("login"), [], [], found).flatMap((section) => section.rows);
  expect(rows.map((row) => row.id)).toEqual(["tests:1", "tests:2", "all"]);
  expect(step(rows, "tests:1", 1)).toBe("tests:2");
  expect(step(rows, "all", 1)).toBe("tests:1");
  expect(step(rows, "tests:1", -1)).toBe("all");
  expect(step([], null, 1)).toBeNull();
});

test("rows lead somewhere, and places are remembered", () => {
  const [first, , all] = sectionsOf(asked("a b"), [], [], found).flatMap((section) => section.rows);
  expect(first && urlOf(first)).toBe("/tests/1");
  expect(first && recentOf(first)).toEqual({ url: "/tests/1", title: "login", context: "auth", type: "tests" });
  expect(all && urlOf(all)).toBe("/search?q=a+b");
  expect(all && recentOf(all)).toBeNull();
  expect(searchUrl("x", "files")).toBe("/search?q=x&type=files");
});
