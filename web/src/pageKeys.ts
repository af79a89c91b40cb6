// The keys of the page that is shown: each page registers its own, the help sheet lists them, one listener hears them.
// What has the focus comes first, then these, then the keys that work everywhere (keyboard.ts).
import { useEffect, useRef, useSyncExternalStore } from "react";
import { isTyping } from "./keyboard";
import { preference, setPreference, usePreference } from "./preferences";

/** One thing the page does when a key is pressed. */
export interface PageKey {
  /** Values of `KeyboardEvent.key` that all do it: "n", "N" (with Shift), "Enter", "1". */
  keys: string[];
  /** What it does, for the help sheet. */
  label: string;
  run: () => void;
}

/** The keys of one part of the page, as the help sheet lists them. */
export interface PageKeySection {
  title: string;
  keys: readonly Omit<PageKey, "run">[];
}

interface Registered {
  title: string;
  keys: { current: PageKey[] };
}

const prefixMs = 1_200;
const registered: Registered[] = [];
const listeners = new Set<() => void>();
let sections: PageKeySection[] = [];
let pressedGAt = Number.NEGATIVE_INFINITY;

function changed(): void {
  sections = registered.map(({ title, keys }) => ({
    title,
    keys: keys.current.map((key) => ({ keys: key.keys, label: key.label })),
  }));
  for (const tell of listeners) tell();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The keys of the page that is shown, in the order its parts registered them. */
export function pageKeySections(): readonly PageKeySection[] {
  return sections;
}

/** The same, renewed as pages come and go. */
export function usePageKeySections(): readonly PageKeySection[] {
  return useSyncExternalStore(subscribe, pageKeySections);
}

/** Whether single letters, digits and signs do anything at all (WCAG 2.1.4). */
export function singleKeysAreOn(): boolean {
  return preference("singleKeys") === "on";
}

/** The same, renewed as it changes. */
export function useSingleKeys(): boolean {
  return usePreference("singleKeys") === "on";
}

/** Switches single keys on or off, and remembers it. */
export function setSingleKeys(on: boolean): void {
  setPreference("singleKeys", on ? "on" : "off");
}

/** Enter and Space belong to the link or button that has the focus. */
function isActivation(event: KeyboardEvent): boolean {
  if (event.key !== "Enter" && event.key !== " ") return false;
  return event.target instanceof HTMLElement && event.target.closest("a, button, summary, [role]") !== null;
}

function isOurs(event: KeyboardEvent): boolean {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return false;
  if (isTyping(event.target) || isActivation(event)) return false;
  return singleKeysAreOn() || event.key.length > 1;
}

function onKey(event: KeyboardEvent): void {
  const afterG = Date.now() - pressedGAt < prefixMs;
  pressedGAt = Number.NEGATIVE_INFINITY;
  if (!isOurs(event) || document.querySelector("dialog[open]")) return;
  // "g" and a letter go to a page: the letter is not ours.
  if (afterG) return;
  for (const { keys } of registered.toReversed()) {
    const key = keys.current.find((candidate) => candidate.keys.includes(event.key));
    if (!key) continue;
    event.preventDefault();
    key.run();
    return;
  }
  if (event.key === "g") pressedGAt = Date.now();
}

/** Registers the keys for as long as the caller is mounted; of two that want the same key, the later one has it. */
export function usePageKeys(title: string, keys: PageKey[]): void {
  const current = useRef(keys);
  current.current = keys;
  const listed = keys.map((key) => `${key.keys.join(" ")} ${key.label}`).join("\n");
  useEffect(() => {
    const own = { title, keys: current };
    // On the document: after what React's components hear, before the shell's listener on the window.
    if (registered.length === 0) document.addEventListener("keydown", onKey);
    registered.push(own);
    changed();
    return () => {
      registered.splice(registered.indexOf(own), 1);
      if (registered.length === 0) document.removeEventListener("keydown", onKey);
      changed();
    };
  }, [title]);
  // The sheet is told when the list of keys has become another one.
  useEffect(() => {
    if (listed !== "") changed();
  }, [listed]);
}
