import { act, renderHook } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { pageKeySections, setSingleKeys, singleKeysAreOn, usePageKeys } from "./pageKeys";

beforeEach(() => setSingleKeys(true));
afterEach(() => document.body.replaceChildren());

function press(key: string, more: KeyboardEventInit = {}, target: EventTarget = document.body): KeyboardEvent {
  const event = new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...more });
  act(() => {
    target.dispatchEvent(event);
  });
  return event;
}

test("a key does what the mounted page says, and nothing once the page is gone", () => {
  const run = vi.fn();
  const { unmount } = renderHook(() => usePageKeys("Failures", [{ keys: ["n", "N"], label: "Next", run }]));
  expect(press("n").defaultPrevented).toBe(true);
  press("N", { shiftKey: true });
  expect(press("x").defaultPrevented).toBe(false);
  expect(run).toHaveBeenCalledTimes(2);
  unmount();
  press("n");
  expect(run).toHaveBeenCalledTimes(2);
});

test("the newest closure runs, and the later part has the key", () => {
  const said: string[] = [];
  const page = renderHook(
    ({ word }) => usePageKeys("Page", [{ keys: ["n"], label: "n", run: () => said.push(word) }]),
    { initialProps: { word: "old" } },
  );
  page.rerender({ word: "new" });
  press("n");
  const part = renderHook(() => usePageKeys("Part", [{ keys: ["n"], label: "n", run: () => said.push("part") }]));
  press("n");
  part.unmount();
  page.unmount();
  expect(said).toEqual(["new", "part"]);
});

test("keys with modifiers, in fields, in dialogs and after g are left alone", () => {
  const run = vi.fn();
  renderHook(() => usePageKeys("Failures", [{ keys: ["s", "Enter"], label: "Side by side", run }]));
  const field = document.createElement("input");
  const link = document.createElement("a");
  document.body.append(field, link);
  press("s", { ctrlKey: true });
  press("s", { metaKey: true });
  press("s", {}, field);
  press("Enter", {}, link);
  press("g");
  press("s");
  expect(run).not.toHaveBeenCalled();
  press("s");
  expect(run).toHaveBeenCalledTimes(1);
  const dialog = document.createElement("dialog");
  dialog.setAttribute("open", "");
  document.body.append(dialog);
  press("s");
  expect(run).toHaveBeenCalledTimes(1);
});

test("with single keys off only named keys work", () => {
  const run = vi.fn();
  renderHook(() => usePageKeys("Failures", [{ keys: ["n", "Escape"], label: "Next", run }]));
  setSingleKeys(false);
  expect(singleKeysAreOn()).toBe(false);
  press("n");
  expect(run).not.toHaveBeenCalled();
  press("Escape");
  expect(run).toHaveBeenCalledTimes(1);
});

test("the help sheet is told of the keys that are there", () => {
  const { rerender, unmount } = renderHook(
    ({ label }) => usePageKeys("Failures", [{ keys: ["n"], label, run: () => {} }]),
    { initialProps: { label: "Next" } },
  );
  expect(pageKeySections()).toEqual([{ title: "Failures", keys: [{ keys: ["n"], label: "Next" }] }]);
  rerender({ label: "Next failure" });
  expect(pageKeySections()[0]?.keys[0]?.label).toBe("Next failure");
  unmount();
  expect(pageKeySections()).toEqual([]);
});
