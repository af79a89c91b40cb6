import { afterEach, expect, test, vi } from "vitest";
import { preference, setPreference, startPreferences, toggleTheme } from "./preferences";

const root = document.documentElement.dataset;

function systemIs(dark: boolean): void {
  vi.stubGlobal("matchMedia", () => ({ matches: dark, addEventListener: () => {} }));
}

afterEach(() => {
  localStorage.clear();
  vi.unstubAllGlobals();
});

test("without a choice the system decides", () => {
  systemIs(true);
  startPreferences();
  expect([root.theme, root.palette, root.density]).toEqual(["dark", "standard", "standard"]);
});

test("a choice is applied and remembered, and the default leaves nothing behind", () => {
  systemIs(false);
  setPreference("palette", "colourBlind");
  setPreference("density", "compact");
  expect([root.palette, root.density]).toEqual(["colourBlind", "compact"]);
  expect(localStorage.getItem("greenroom.density")).toBe("compact");
  setPreference("density", "standard");
  expect(localStorage.getItem("greenroom.density")).toBeNull();
});

test("the switch of the theme remembers only what differs from the system", () => {
  systemIs(false);
  toggleTheme();
  expect([root.theme, localStorage.getItem("greenroom.theme")]).toEqual(["dark", "dark"]);
  toggleTheme();
  expect([root.theme, localStorage.getItem("greenroom.theme")]).toEqual(["light", null]);
});

test("an unknown word in the storage is no choice", () => {
  localStorage.setItem("greenroom.palette", "plaid");
  expect(preference("palette")).toBe("standard");
});
