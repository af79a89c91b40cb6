// What the reader chose: theme, colours, density, keys. Kept in this browser alone, the looks applied as
// attributes of the root element that styles.css reads.
import { useSyncExternalStore } from "react";

/** The two sets of colours. */
export type Theme = "light" | "dark";

/** Everything that can be chosen, with what it may be; the first of each is what stands where nobody chose. */
export const choices = {
  theme: ["system", "light", "dark"],
  palette: ["standard", "colourBlind"],
  density: ["standard", "compact", "roomy"],
  // Whether single letters, digits and signs do anything at all (WCAG 2.1.4).
  singleKeys: ["on", "off"],
} as const;

/** A thing that can be chosen. */
export type PreferenceName = keyof typeof choices;

/** What a preference may be. */
export type Preference<N extends PreferenceName> = (typeof choices)[N][number];

const listeners = new Set<() => void>();
/** For browsers that forbid storage: then a choice lasts as long as the page. */
const unstored = new Map<PreferenceName, string>();

function prefersDark(): MediaQueryList | undefined {
  return window.matchMedia?.("(prefers-color-scheme: dark)");
}

/** The choice in force. */
export function preference<N extends PreferenceName>(name: N): Preference<N> {
  let kept: string | null | undefined = unstored.get(name);
  try {
    kept ??= localStorage.getItem(`greenroom.${name}`);
  } catch {}
  const allowed: readonly Preference<N>[] = choices[name];
  return allowed.find((word) => word === kept) ?? (choices[name][0] as Preference<N>);
}

/** Chooses, remembers and applies. */
export function setPreference<N extends PreferenceName>(name: N, value: Preference<N>): void {
  unstored.delete(name);
  try {
    if (value === choices[name][0]) localStorage.removeItem(`greenroom.${name}`);
    else localStorage.setItem(`greenroom.${name}`, value);
  } catch {
    unstored.set(name, value);
  }
  apply();
}

function theme(): Theme {
  const chosen = preference("theme");
  if (chosen !== "system") return chosen;
  return prefersDark()?.matches ? "dark" : "light";
}

function apply(): void {
  const root = document.documentElement.dataset;
  root.theme = theme();
  root.palette = preference("palette");
  root.density = preference("density");
  for (const tell of listeners) tell();
}

/** Applies the choices before the first paint; follows the system and the other tabs from then on. */
export function startPreferences(): void {
  apply();
  prefersDark()?.addEventListener("change", apply);
  window.addEventListener("storage", apply);
}

/** Switches to the other theme; forgets the choice where it equals the system's. */
export function toggleTheme(): void {
  const next: Theme = theme() === "dark" ? "light" : "dark";
  const isSystems = (prefersDark()?.matches ? "dark" : "light") === next;
  setPreference("theme", isSystems ? "system" : next);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The theme in use. */
export function useTheme(): Theme {
  return useSyncExternalStore(subscribe, () => (document.documentElement.dataset.theme === "dark" ? "dark" : "light"));
}

/** A choice, renewed as it changes. */
export function usePreference<N extends PreferenceName>(name: N): Preference<N> {
  return useSyncExternalStore(subscribe, () => preference(name));
}
