import { afterEach, expect, test } from "vitest";
import { actionOf, expandRow, focusSearch, followSibling, isTyping, moveRow, openOnGitHub, openRow } from "./keyboard";

afterEach(() => document.body.replaceChildren());

function page(html: string): void {
  const main = document.createElement("main");
  main.append(document.createRange().createContextualFragment(html));
  document.body.replaceChildren(main);
}

test("g and a letter go to a place; r alone refreshes", () => {
  expect(actionOf("o", true)).toEqual({ kind: "go", to: "/" });
  expect(actionOf("w", true)).toEqual({ kind: "go", to: "/workflows" });
  expect(actionOf("r", true)).toEqual({ kind: "go", to: "/runs" });
  expect(actionOf("t", true)).toEqual({ kind: "go", to: "/tests" });
  expect(actionOf("f", true)).toEqual({ kind: "go", to: "/flaky" });
  expect(actionOf("x", true)).toEqual({ kind: "go", to: "/failures" });
  expect(actionOf("t", false)).toEqual({ kind: "theme" });
  expect(actionOf("r", false)).toEqual({ kind: "refresh" });
  expect(actionOf("w", false)).toBeNull();
});

test("j and k walk the rows and stop at both ends", () => {
  page('<ul><li><a data-row href="/a" id="a">a</a></li><li><a data-row href="/b" id="b">b</a></li></ul>');
  moveRow(1);
  expect(document.activeElement?.id).toBe("a");
  moveRow(1);
  moveRow(1);
  expect(document.activeElement?.id).toBe("b");
  moveRow(-1);
  moveRow(-1);
  expect(document.activeElement?.id).toBe("a");
});

test("a page without rows leaves the key alone", () => {
  page("<p>nothing</p>");
  expect(moveRow(1)).toBe(false);
  expect(focusSearch()).toBe(false);
  expect(followSibling("next")).toBe(false);
});

test("keys belong to the field that has the focus", () => {
  page('<input data-search id="q"><p id="p">text</p>');
  expect(focusSearch()).toBe(true);
  expect(isTyping(document.activeElement)).toBe(true);
  expect(isTyping(document.getElementById("p"))).toBe(false);
});

test("o opens and e unfolds the row that has the focus, and nothing where none has it", () => {
  page(
    '<ul><li><button id="fold" aria-expanded="false">more</button><a data-row href="#opened" id="a">a</a></li></ul>',
  );
  expect([openRow(), expandRow()]).toEqual([false, false]);
  const clicked: string[] = [];
  document.body.addEventListener("click", (event) => clicked.push((event.target as HTMLElement).id));
  moveRow(1);
  expect([openRow(), expandRow()]).toEqual([true, true]);
  expect(clicked).toEqual(["a", "fold"]);
});

test("the page's own link leads to GitHub", () => {
  page('<a target="_blank" href="#x" id="other">Docs</a>');
  expect(openOnGitHub()).toBe(false);
  page('<a target="_blank" href="#x" id="there">GitHub <svg></svg></a>');
  expect(openOnGitHub()).toBe(true);
});
