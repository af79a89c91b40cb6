import { describe, expect, it } from "vitest";
import type { File } from "../../../api/types";
import { coverOf, filesOf, groupsOf, nameOf, neighbourOf, rowsOf } from "./groups";

let ordinal = 0;
function image(path: string, artifactId = 1): File {
  const id = `${artifactId}.${ordinal++}`;
  return {
    id,
    runId: 1,
    artifactId,
    artifactName: `shots ${artifactId}`,
    path,
    sizeBytes: 10,
    compressedBytes: 10,
    type: "image",
    mediaType: "image/png",
    flags: [],
    url: `/api/files/${id}/content`,
  };
}

describe("the gallery", () => {
  const files = [
    image("a/one.png"),
    image("a/cart-expected.png"),
    image("a/cart-actual.png"),
    image("a/two.png"),
    image("b/three.png"),
    image("a/one.png", 2),
  ];
  const groups = groupsOf(files);
  const named = (picture: ReturnType<typeof neighbourOf>) => picture && coverOf(picture).path;

  it("groups by artifact and folder, what can be compared first", () => {
    expect(groups.map(({ artifact, folder, pictures }) => [artifact, folder, pictures.map(nameOf)])).toEqual([
      ["shots 1", "a", ["cart.png", "one.png", "two.png"]],
      ["shots 1", "b", ["three.png"]],
      ["shots 2", "a", ["one.png"]],
    ]);
  });

  it("lets what came stand for a pair", () => {
    const pair = groups[0]?.pictures[0];
    expect(pair && coverOf(pair).path).toBe("a/cart-actual.png");
    expect(pair && filesOf(pair)).toHaveLength(2);
  });

  it("cuts rows as wide as the page", () => {
    expect(rowsOf(groups, 2).map((row) => (row.kind === "head" ? "head" : row.pictures.length))).toEqual([
      "head",
      2,
      1,
      "head",
      1,
      "head",
      1,
    ]);
  });

  it("is walked by arrow keys, over the borders of groups", () => {
    const rows = rowsOf(groups, 2);
    const [, one] = groups[0]?.pictures ?? [];
    const id = one ? coverOf(one).id : "";
    expect(named(neighbourOf(rows, id, "ArrowLeft"))).toBe("a/cart-actual.png");
    expect(named(neighbourOf(rows, id, "ArrowRight"))).toBe("a/two.png");
    // The next line is shorter.
    expect(named(neighbourOf(rows, id, "ArrowDown"))).toBe("a/two.png");
    expect(neighbourOf(rows, id, "ArrowUp")).toBeNull();
    expect(named(neighbourOf(rows, id, "End"))).toBe("a/one.png");
    expect(neighbourOf(rows, id, "x")).toBeNull();
    expect(neighbourOf(rows, "gone", "ArrowDown")).toBeNull();
  });

  it("is empty without images", () => {
    expect(rowsOf(groupsOf([]), 3)).toEqual([]);
  });
});
