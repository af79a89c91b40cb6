// The keys of the log view, after less and lnav. `g`, `t`, `r`, `/` and `?` belong to the whole application.

/** What a key does in a log. */
export type LogAction =
  | "nextMatch"
  | "previousMatch"
  | "nextError"
  | "previousError"
  | "nextWarning"
  | "wrap"
  | "times"
  | "filter"
  | "fold"
  | "copy"
  | "copyLink"
  | "down"
  | "up"
  | "halfDown"
  | "halfUp"
  | "end";

const KEYS: Record<string, LogAction> = {
  n: "nextMatch",
  N: "previousMatch",
  e: "nextError",
  E: "previousError",
  w: "nextWarning",
  W: "wrap",
  T: "times",
  F: "filter",
  z: "fold",
  y: "copy",
  L: "copyLink",
  j: "down",
  k: "up",
  d: "halfDown",
  u: "halfUp",
  G: "end",
};

/** The action of a key press, or null where the key is not ours. `afterG` is true just after `g`, the prefix of navigation. */
export function logActionOf(
  event: Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "altKey">,
  afterG: boolean,
): LogAction | null {
  if (event.ctrlKey || event.metaKey || event.altKey || afterG) return null;
  return Object.hasOwn(KEYS, event.key) ? (KEYS[event.key] ?? null) : null;
}
