import { expect, test } from "vitest";
import { aFile } from "../../test/builders";
import { treeRows, treeStep } from "./tree";

const show = (rows: ReturnType<typeof treeRows>) => rows.map((row) => `${"  ".repeat(row.depth)}${row.name}`);

test("folders come before files, numbers are ordered by value", () => {
  const files = ["z.txt", "shots/step-10.png", "shots/step-9.png", "a.txt", "logs/x/y.log"].map((path, index) =>
    aFile({ id: `5.${index}`, path }),
  );
  expect(show(treeRows(files, new Set()))).toEqual([
    "results",
    "  logs",
    "    x",
    "      y.log",
    "  shots",
    "    step-9.png",
    "    step-10.png",
    "  a.txt",
    "  z.txt",
  ]);
});

test("a closed folder hides what is in it and still counts it", () => {
  const rows = treeRows([aFile({ path: "d/a" }), aFile({ id: "5.1", path: "d/b" })], new Set(["a5/d"]));
  expect(show(rows)).toEqual(["results", "  d"]);
  expect(rows[1]).toMatchObject({ files: 2, sizeBytes: 20, open: false });
});

test("names that try to leave their folder are shown, not followed", () => {
  expect(show(treeRows([aFile({ path: "../../etc/passwd" })], new Set()))).toEqual([
    "results",
    "  ..",
    "    ..",
    "      etc",
    "        passwd",
  ]);
});

test("two files of one name are two rows", () => {
  const rows = treeRows([aFile({ id: "5.0" }), aFile({ id: "5.1" })], new Set());
  expect(rows.map((row) => row.key)).toEqual(["a5", "5.0", "5.1"]);
});

test("artifacts of one name stay apart", () => {
  const rows = treeRows([aFile({ id: "5.0" }), aFile({ id: "6.0", artifactId: 6 })], new Set());
  expect(rows.filter((row) => row.kind === "artifact")).toHaveLength(2);
});

test("arrow keys walk the tree as they do everywhere", () => {
  const files = ["a/one.txt", "b.txt"].map((path, index) => aFile({ id: `5.${index}`, path }));
  const rows = treeRows(files, new Set());
  // results, a, one.txt, b.txt
  expect(treeStep(rows, "a5", "ArrowRight")).toEqual({ to: 1 });
  expect(treeStep(rows, "a5/a", "ArrowLeft")).toEqual({ toggle: true });
  expect(treeStep(rows, "5.0", "ArrowLeft")).toEqual({ to: 1 });
  expect(treeStep(rows, "5.1", "ArrowLeft")).toEqual({ to: 0 });
  expect(treeStep(rows, "5.1", "ArrowDown")).toEqual({});
  expect(treeStep(rows, "5.1", "Home")).toEqual({ to: 0 });
  expect(treeStep(rows, "5.1", "x")).toBeNull();
  expect(treeStep(rows, "gone", "ArrowDown")).toBeNull();
  const closed = treeRows(files, new Set(["a5/a"]));
  expect(treeStep(closed, "a5/a", "ArrowRight")).toEqual({ toggle: true });
  expect(treeStep(closed, "a5/a", "ArrowLeft")).toEqual({ to: 0 });
});
