// Commands: what the palette offers besides search results. A page adds its own for as long as it is shown.
import type { LucideIcon } from "lucide-react";
import { useEffect, useSyncExternalStore } from "react";

/** Something the reader can have done. */
export interface Command {
  /** Unique; a later command of the same id stands in for the earlier one. */
  id: string;
  /** What it does, beginning with a verb, or the name of the place it leads to. */
  title: string;
  icon?: LucideIcon;
  /** The keys that do the same, as the keyboard sheet writes them. */
  keys?: string;
  /** Further words it is found by. */
  words?: string;
  /** Where it leads; or else what it does. */
  to?: string;
  run?: () => void;
}

let added: readonly Command[] = [];
const listeners = new Set<() => void>();

function set(next: readonly Command[]): void {
  added = next;
  for (const tell of listeners) tell();
}

/** Adds commands; the function returned takes them away again. */
export function addCommands(commands: readonly Command[]): () => void {
  set([...added, ...commands]);
  return () => set(added.filter((command) => !commands.includes(command)));
}

/** Adds commands for as long as the component is shown; the list must keep its identity while nothing changes. */
export function useCommands(commands: readonly Command[]): void {
  useEffect(() => addCommands(commands), [commands]);
}

/** The commands added now; of two with one id the later. */
export function useAddedCommands(): readonly Command[] {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => added,
  );
}

/** One command an id, in order of first appearance, the later one's content. */
export function distinctCommands(commands: readonly Command[]): Command[] {
  return [...new Map(commands.map((command) => [command.id, command])).values()];
}
