import { expect, test } from "vitest";
import { aFile } from "../../test/builders";
import { treeRows } from "./tree";

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
