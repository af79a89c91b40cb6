// The run that a text names. Pure.
import { idOf } from "../../search";

/** A run's id, or the one in an address of its page, here or on GitHub; null for anything else. */
export function runIdIn(text: string): number | null {
  const inAddress = /\/runs\/(\d+)/.exec(text)?.[1];
  return idOf(inAddress ?? text.trim());
}

/** The two runs of "a...b": what is compared with, and what is compared; null for anything else. */
export function runRange(text: string): { base: number; head: number } | null {
  const [, first, second] = /^(\d+)\.{2,3}(\d+)$/.exec(text) ?? [];
  const [base, head] = [first && idOf(first), second && idOf(second)];
  return base && head ? { base, head } : null;
}
