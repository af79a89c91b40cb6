// A short word in a coloured box.
import clsx from "clsx";
import type { ReactNode } from "react";

/** The colours a badge can have; the word inside must say the same. */
export type Tone = "pass" | "fail" | "flaky" | "running" | "plain";

const tones: Record<Tone, string> = {
  pass: "bg-pass-soft text-pass-text",
  fail: "bg-fail-soft text-fail-text",
  flaky: "bg-flaky-soft text-flaky-text",
  running: "bg-running-soft text-running-text",
  plain: "bg-raised text-muted",
};

/** A badge; `title` explains it on hover. */
export function Badge({ tone = "plain", title, children }: { tone?: Tone; title?: string; children: ReactNode }) {
  return (
    <span
      title={title}
      className={clsx(
        "inline-flex items-center gap-1 rounded px-1.5 py-px text-xs font-medium whitespace-nowrap",
        tones[tone],
      )}
    >
      {children}
    </span>
  );
}
