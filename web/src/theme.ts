// Light or dark: the system's wish, until the reader says otherwise.
import { useSyncExternalStore } from "react";

/** The two sets of colours. */
export type Theme = "light" | "dark";

const key = "greenroom.theme";
const listeners = new Set<() => void>();

function stored(): Theme | null {
  try {
    const value = localStorage.getItem(key);
    return value === "light" || value === "dark" ? value : null;
  } catch {
    return null;
  }
}

function system(): Theme {
  return window.matchMedia?.("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}

function apply(): void {
  document.documentElement.dataset.theme = stored() ?? system();
  for (const tell of listeners) tell();
}

/** Sets the colours before the first paint and follows the system from then on. */
export function startTheme(): void {
  apply();
  window.matchMedia?.("(prefers-color-scheme: dark)").addEventListener("change", apply);
}

/** Switches to the other theme and remembers it; forgets the choice where it equals the system's. */
export function toggleTheme(): void {
  const next: Theme = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
  try {
    if (next === system()) localStorage.removeItem(key);
    else localStorage.setItem(key, next);
  } catch {
    document.documentElement.dataset.theme = next;
  }
  apply();
}

/** The theme the reader chose; null where the system decides. */
export const chosenTheme = stored;

/** The theme in use. */
export function useTheme(): Theme {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => (document.documentElement.dataset.theme === "dark" ? "dark" : "light"),
  );
}
