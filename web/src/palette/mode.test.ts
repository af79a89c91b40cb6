import { expect, test } from "vitest";
import { asked, isAddress, matchesAll, pieces } from "./mode";

test("an angle bracket asks for commands alone", () => {
  expect(asked("> Theme ")).toEqual({ commandsOnly: true, filter: "Theme", question: "", words: ["theme"] });
});

test("a sign alone asks the server nothing yet", () => {
  expect(asked("#").question).toBe("");
  expect(asked("@").question).toBe("");
  expect(asked("#7").question).toBe("#7");
  expect(asked("@ada")).toMatchObject({ question: "@ada", words: ["ada"] });
});

test("an address is asked whole, and nothing of it is marked", () => {
  const address = "https://github.com/acme/shop/actions/runs/1#step:2:3";
  expect(asked(`  ${address} `)).toMatchObject({ question: address, words: [] });
  expect(isAddress("not https://x")).toBe(false);
  expect(isAddress("javascript:alert(1)")).toBe(false);
});

test("of a pasted message the first eight words are marked", () => {
  expect(asked("a b c d e f g h i j").words).toHaveLength(8);
});

test("commands match by all words in any order", () => {
  expect(matchesAll("Switch to dark theme", "theme dark")).toBe(true);
  expect(matchesAll("Switch to dark theme", "theme light")).toBe(false);
  expect(matchesAll("Anything", "")).toBe(true);
});

test("matches are marked in any case, overlapping ones as one", () => {
  expect(pieces("Opens the LOGIN page", ["login", "ogi", "page"])).toEqual([
    { text: "Opens the ", marked: false },
    { text: "LOGIN", marked: true },
    { text: " ", marked: false },
    { text: "page", marked: true },
  ]);
});

test("nothing is marked where lower case is longer than the text", () => {
  expect(pieces("İstanbul", ["stan"])).toEqual([{ text: "İstanbul", marked: false }]);
});
