// The ways to compare two pictures, by the names that stand in addresses, and the keys that choose them.

/** The ways, in the order in which they are offered. */
export const pairModes = ["diff", "side", "slider", "onion", "blink"] as const;

/** One way to compare two pictures. */
export type PairMode = (typeof pairModes)[number];

/** What each way is called. */
export const pairModeLabels: Record<PairMode, string> = {
  diff: "Diff",
  side: "Side by side",
  slider: "Slider",
  onion: "Onion",
  blink: "Blink",
};

/** The keys for callers that take part in the keyboard. */
export const pairModeKeys: Readonly<Record<string, PairMode>> = {
  d: "diff",
  s: "side",
  l: "slider",
  o: "onion",
  b: "blink",
};

/** What the actual picture is held against. */
export type PairBase = "expected" | "previous";
