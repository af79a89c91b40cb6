// Text of others as it is: monospaced, never markup, and scrolling where it is long.
import clsx from "clsx";
import { visibleText } from "../log/controls";
import { plainText } from "./stack";

/** The text in a named region that the keyboard can scroll; `className` gives height and colours. */
export function Verbatim({
  label,
  text,
  lead,
  strong = false,
  className,
}: {
  label: string;
  text: string;
  lead?: string;
  /** Whether the first line stands out, as the one that says what happened. */
  strong?: boolean;
  className?: string;
}) {
  return (
    <section
      aria-label={visibleText(label)}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable with the keyboard.
      tabIndex={0}
      className={clsx("overflow-auto", className)}
    >
      <pre className="font-mono break-words whitespace-pre-wrap">
        <bdi>
          {lead && <span className="font-semibold">{visibleText(lead)}: </span>}
          <Lines text={plainText(text)} strong={strong} />
        </bdi>
      </pre>
    </section>
  );
}

function Lines({ text, strong }: { text: string; strong: boolean }) {
  if (!strong) return text;
  const end = text.indexOf("\n");
  const first = end === -1 ? text : text.slice(0, end);
  return (
    <>
      <span className="font-semibold text-fail-text">{first}</span>
      {end === -1 ? "" : text.slice(end)}
    </>
  );
}
