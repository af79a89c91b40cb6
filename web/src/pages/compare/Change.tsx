// How much longer or shorter something took.
import { formatDuration } from "../../format";

/** The difference in words: "+1m 02s"; null where it is too small to matter, or one side is not known. */
export function changeText(base: number | null, head: number | null): string | null {
  if (base === null || head === null) return null;
  const difference = head - base;
  if (Math.abs(difference) < Math.max(250, base * 0.1)) return null;
  return `${difference > 0 ? "+" : "−"}${formatDuration(Math.abs(difference))}`;
}

/** The difference, slower in red. */
export function Change({ base, head }: { base: number | null; head: number | null }) {
  const text = changeText(base, head);
  if (text === null) return null;
  const slower = text.startsWith("+");
  return (
    <span className={`whitespace-nowrap ${slower ? "text-fail-text" : "text-pass-text"}`}>
      {text}
      <span className="sr-only">{slower ? " slower" : " faster"}</span>
    </span>
  );
}
