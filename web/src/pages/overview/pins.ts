// Workflows the reader keeps on top, remembered by this browser.
import { useSyncExternalStore } from "react";

const key = "greenroom.pins";
const listeners = new Set<() => void>();
let pins: ReadonlySet<number> | undefined;

function stored(): ReadonlySet<number> {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(key) ?? "[]");
    return new Set(Array.isArray(value) ? value.filter((id): id is number => Number.isSafeInteger(id)) : []);
  } catch {
    return new Set();
  }
}

function current(): ReadonlySet<number> {
  pins ??= stored();
  return pins;
}

function subscribe(listener: () => void): () => void {
  // Another tab may have pinned something.
  const onStorage = (event: StorageEvent) => {
    if (event.key !== key) return;
    pins = undefined;
    listener();
  };
  listeners.add(listener);
  window.addEventListener("storage", onStorage);
  return () => {
    listeners.delete(listener);
    window.removeEventListener("storage", onStorage);
  };
}

/** The ids of pinned workflows. */
export function usePins(): ReadonlySet<number> {
  return useSyncExternalStore(subscribe, current);
}

/** Pins a workflow, or lets it go. */
export function togglePin(id: number): void {
  const next = new Set(current());
  if (!next.delete(id)) next.add(id);
  pins = next;
  try {
    localStorage.setItem(key, JSON.stringify([...next]));
  } catch {
    // Without storage a pin lasts as long as the page.
  }
  for (const tell of listeners) tell();
}
