// Text of others as it is: monospaced, never markup, and scrolling where it is long.
import clsx from "clsx";
import { plainText } from "./stack";

/** The text in a named region that the keyboard can scroll; `className` gives height and colours. */
export function Verbatim({
  label,
  text,
  lead,
  className,
}: {
  label: string;
  text: string;
  lead?: string;
  className?: string;
}) {
  return (
    <section
      aria-label={label}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable with the keyboard.
      tabIndex={0}
      className={clsx("overflow-auto", className)}
    >
      <pre className="font-mono break-words whitespace-pre-wrap">
        <bdi>
          {lead && <span className="font-semibold">{lead}: </span>}
          {plainText(text)}
        </bdi>
      </pre>
    </section>
  );
}
