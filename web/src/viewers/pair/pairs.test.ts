import { describe, expect, it } from "vitest";
import { pairOf, picturesIn, roleOf } from "./pairs";

const file = (path: string, artifactId = 1) => ({ path, artifactId });

describe("the role of a path", () => {
  it.each([
    ["a/cart-expected.png", "expected", "a/cart.png"],
    ["a/cart-actual.PNG", "actual", "a/cart.png"],
    ["cart.diff.jpeg", "diff", "cart.jpeg"],
    ["cart_previous.webp", "previous", "cart.webp"],
    ["cart baseline.png", "expected", "cart.png"],
    ["my-actual-cart-received.png", "actual", "my-actual-cart.png"],
  ])("of %s is %s", (path, role, name) => {
    expect(roleOf(path)).toEqual({ role, name });
  });

  it.each(["actual.png", "cart.png", "cart-actual.txt", "factual.png", "cart-actual", "-actual/cart.png", ""])(
    "of %j is none",
    (path) => {
      expect(roleOf(path)).toBeNull();
    },
  );
});

describe("pictures of a list", () => {
  it("puts what belongs together in the place of its first file", () => {
    const files = [file("x.png"), file("a-diff.png"), file("b.png"), file("a-expected.png"), file("a-actual.png")];
    const pictures = picturesIn(files);
    expect(pictures.map((one) => (one.kind === "pair" ? one.name : one.file.path))).toEqual([
      "x.png",
      "a.png",
      "b.png",
    ]);
    expect(pictures[1]).toMatchObject({ files: { diff: files[1], expected: files[3], actual: files[4] } });
  });

  it("keeps artifacts, folders and kinds of files apart", () => {
    const files = [
      file("a-expected.png"),
      file("a-actual.png", 2),
      file("x/a-actual.png"),
      file("a-actual.jpg"),
      file("A-actual.png"),
    ];
    expect(picturesIn(files).every((one) => one.kind === "single")).toBe(true);
  });

  it("shows a second file of one role alone", () => {
    const files = [file("a-expected.png"), file("a-actual.png"), file("a.actual.png")];
    const pictures = picturesIn(files);
    expect(pictures.map(({ kind }) => kind)).toEqual(["pair", "single"]);
    expect(pairOf(files[2] ?? file(""), files)).toBeNull();
  });

  it("makes no pair of a single role", () => {
    const files = [file("a-diff.png"), file("b-expected.png"), file("constructor-__proto__.png")];
    expect(picturesIn(files).map(({ kind }) => kind)).toEqual(["single", "single", "single"]);
    expect(new Set(picturesIn(files).map(({ key }) => key)).size).toBe(3);
  });
});

it("finds the pair of a file", () => {
  const files = [file("b.png"), file("a-expected.png"), file("a-actual.png")];
  expect(pairOf(files[2] ?? file(""), files)?.files.expected).toBe(files[1]);
  expect(pairOf(files[0] ?? file(""), files)).toBeNull();
});
