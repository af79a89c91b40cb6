import { beforeEach, expect, test } from "vitest";
import { forgetRecents, type Recent, recents, remember } from "./recents";

beforeEach(() => localStorage.clear());

const place = (url: string): Recent => ({ url, title: url, context: "", type: "runs" });

test("the newest comes first, each once, six at most", () => {
  for (const url of ["/1", "/2", "/3", "/4", "/5", "/6", "/7", "/3"]) remember(place(url));
  expect(recents().map((recent) => recent.url)).toEqual(["/3", "/7", "/6", "/5", "/4", "/2"]);
});

test("what is no place of ours is left out", () => {
  localStorage.setItem(
    "greenroom.recents",
    JSON.stringify([place("//evil.example"), place("https://evil.example"), null, 7, { url: "/x" }, place("/ok")]),
  );
  expect(recents().map((recent) => recent.url)).toEqual(["/ok"]);
  localStorage.setItem("greenroom.recents", "not JSON");
  expect(recents()).toEqual([]);
});

test("all can be forgotten", () => {
  remember(place("/1"));
  forgetRecents();
  expect(recents()).toEqual([]);
});
