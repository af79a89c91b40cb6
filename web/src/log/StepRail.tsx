// The steps of a job beside its log: how each ended, how long it took, and the way to its first line.

import clsx from "clsx";
import { outcomeOf } from "../outcome";
import { Duration, Name, StatusIcon } from "../ui";

/** A step, and its lines in the log where they are known. Lines are counted from one. */
export interface LogStep {
  number: number;
  name: string;
  status: string;
  conclusion: string | null;
  durationMs: number | null;
  firstLine: number | null;
  lastLine: number | null;
}

/** The steps; the one that `line` is in is marked. */
export function StepRail({ steps, line, onStep }: { steps: LogStep[]; line: number; onStep: (step: LogStep) => void }) {
  const current = stepAt(steps, line);
  return (
    <ol aria-label="Steps" className="py-1">
      {steps.map((step) => (
        <li key={step.number}>
          <button
            type="button"
            disabled={step.firstLine === null}
            aria-current={step === current ? "step" : undefined}
            title={step.firstLine === null ? whyNoLines(step) : `Line ${step.firstLine}`}
            onClick={() => onStep(step)}
            className={clsx(
              "flex min-h-7 w-full items-center gap-2 border-l-2 border-transparent px-3 py-0.5 text-left text-sm",
              "enabled:hover:bg-raised aria-[current=step]:border-accent aria-[current=step]:bg-selected",
            )}
          >
            <StatusIcon of={step} size={14} />
            <span
              className={clsx(
                "min-w-0 break-words",
                outcomeOf(step) === "fail" ? "font-medium text-fail-text" : "text-muted",
                step.firstLine === null && "opacity-70",
              )}
            >
              <Name>{step.name}</Name>
            </span>
            <span className="ml-auto shrink-0 text-xs text-faint tabular-nums">
              <Duration ms={step.durationMs} />
            </span>
          </button>
        </li>
      ))}
    </ol>
  );
}

function whyNoLines(step: LogStep): string {
  return step.conclusion === "skipped" ? "It was skipped and wrote nothing" : "Its lines were not found in the log";
}

/** The step that a line belongs to. */
export function stepAt(steps: LogStep[], line: number): LogStep | undefined {
  return steps.find(
    ({ firstLine, lastLine }) => firstLine !== null && lastLine !== null && line >= firstLine && line <= lastLine,
  );
}
