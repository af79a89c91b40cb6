// An outcome as shape and colour, with its name for those who see neither.
import { Ban, Check, CircleDashed, CircleHelp, Hand, LoaderCircle, SkipForward, X } from "lucide-react";
import { type Outcome, outcomeLabel, outcomeOf } from "../outcome";

const looks: Record<Outcome, { icon: typeof Check; className: string }> = {
  pass: { icon: Check, className: "bg-pass-soft text-pass-text" },
  fail: { icon: X, className: "bg-fail text-white dark:text-[#1c0506]" },
  running: { icon: LoaderCircle, className: "bg-running-soft text-running-text" },
  queued: { icon: CircleDashed, className: "bg-raised text-faint" },
  cancelled: { icon: Ban, className: "bg-raised text-faint" },
  skipped: { icon: SkipForward, className: "bg-raised text-faint" },
  attention: { icon: Hand, className: "bg-flaky-soft text-flaky-text" },
  unknown: { icon: CircleHelp, className: "bg-raised text-faint" },
};

/** The round mark in front of a workflow, run, job or step. */
export function StatusIcon({ of, size = 18 }: { of: { status: string; conclusion: string | null }; size?: number }) {
  const outcome = outcomeOf(of);
  const { icon: Icon, className } = looks[outcome];
  const label = outcomeLabel(of);
  return (
    <span
      role="img"
      aria-label={label}
      title={label}
      className={`inline-flex shrink-0 items-center justify-center rounded-full ${className}`}
      style={{ width: size, height: size }}
    >
      <Icon
        aria-hidden
        size={Math.round(size * 0.64)}
        strokeWidth={3}
        className={outcome === "running" ? "animate-spin motion-reduce:animate-none" : undefined}
      />
    </span>
  );
}
