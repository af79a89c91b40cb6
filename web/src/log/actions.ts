// What can be done in a log, by which keys, after less and lnav. `g`, `t`, `r`, `/` and `?` belong to the whole
// application.

/** What a key or a button does in a log. */
export type LogAction =
  | "nextMatch"
  | "previousMatch"
  | "nextError"
  | "previousError"
  | "nextWarning"
  | "previousWarning"
  | "nextStep"
  | "previousStep"
  | "filter"
  | "filterIn"
  | "filterOut"
  | "fold"
  | "wrap"
  | "times"
  | "follow"
  | "fullScreen"
  | "mark"
  | "nextMark"
  | "copy"
  | "copyLink"
  | "down"
  | "up"
  | "halfDown"
  | "halfUp"
  | "pageDown"
  | "end";

/** The keys of a log and what they do, for the keyboard and the help sheet. */
export const LOG_KEYS: readonly { keys: string[]; label: string; action: LogAction }[] = [
  { keys: ["n"], label: "Next match", action: "nextMatch" },
  { keys: ["N"], label: "Previous match", action: "previousMatch" },
  { keys: ["e"], label: "Next error", action: "nextError" },
  { keys: ["E"], label: "Previous error", action: "previousError" },
  { keys: ["w"], label: "Next warning", action: "nextWarning" },
  { keys: ["W"], label: "Previous warning", action: "previousWarning" },
  { keys: ["]"], label: "Next step", action: "nextStep" },
  { keys: ["["], label: "Previous step", action: "previousStep" },
  { keys: ["F"], label: "Only matching lines", action: "filter" },
  { keys: ["I"], label: "Only lines with the selected text", action: "filterIn" },
  { keys: ["O"], label: "Hide lines with the selected text", action: "filterOut" },
  { keys: ["z"], label: "Fold or unfold all groups", action: "fold" },
  { keys: ["S"], label: "Wrap long lines", action: "wrap" },
  { keys: ["T"], label: "Time stamps", action: "times" },
  { keys: ["f"], label: "Follow the end", action: "follow" },
  { keys: ["Z"], label: "Full window", action: "fullScreen" },
  { keys: ["m"], label: "Mark the line", action: "mark" },
  { keys: ["'"], label: "Next marked line", action: "nextMark" },
  { keys: ["y"], label: "Copy the chosen lines, or all", action: "copy" },
  { keys: ["L"], label: "Copy a link to the line", action: "copyLink" },
  { keys: ["j"], label: "Down a line", action: "down" },
  { keys: ["k"], label: "Up a line", action: "up" },
  { keys: ["d"], label: "Down half a page", action: "halfDown" },
  { keys: ["u"], label: "Up half a page", action: "halfUp" },
  { keys: [" "], label: "Down a page", action: "pageDown" },
  { keys: ["G"], label: "To the end (Home: to the start)", action: "end" },
];

/** The first key of an action. */
export function keyOf(action: LogAction): string | undefined {
  return LOG_KEYS.find((entry) => entry.action === action)?.keys[0];
}
