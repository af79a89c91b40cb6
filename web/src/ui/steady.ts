// Keeps a list still while somebody points at it or has the focus in it: rows are renewed in place, new ones wait.
import { type FocusEvent, useState } from "react";

/** The list as it is shown, and how many rows wait. */
export interface Steady<T> {
  shown: T[];
  /** Rows that came meanwhile. */
  waiting: number;
  /** Shows everything now. */
  release: () => void;
  /** For the element around the list. */
  hold: {
    onPointerEnter: () => void;
    onPointerLeave: () => void;
    onFocus: () => void;
    onBlur: (event: FocusEvent) => void;
  };
}

/** The rows of before in their order, each as it is now; rows that are gone stay as they were. */
export function merge<T>(before: T[], now: T[], idOf: (item: T) => number): { shown: T[]; waiting: number } {
  const fresh = new Map(now.map((item) => [idOf(item), item]));
  const shown = before.map((item) => fresh.get(idOf(item)) ?? item);
  const known = new Set(before.map(idOf));
  return { shown, waiting: now.filter((item) => !known.has(idOf(item))).length };
}

/** Holds the order of `items` while the pointer or the focus is inside; `scope` changes when they are others altogether. */
export function useSteady<T>(items: T[], idOf: (item: T) => number, scope: string): Steady<T> {
  const [isPointed, setPointed] = useState(false);
  const [isFocused, setFocused] = useState(false);
  const [kept, setKept] = useState({ items, scope });
  const isHeld = (isPointed || isFocused) && kept.scope === scope;
  if (!isHeld && kept.items !== items) setKept({ items, scope });
  const merged = isHeld ? merge(kept.items, items, idOf) : { shown: items, waiting: 0 };
  return {
    ...merged,
    release: () => setKept({ items, scope }),
    hold: {
      onPointerEnter: () => setPointed(true),
      onPointerLeave: () => setPointed(false),
      onFocus: () => setFocused(true),
      onBlur: (event) => {
        if (!event.currentTarget.contains(event.relatedTarget)) setFocused(false);
      },
    },
  };
}
