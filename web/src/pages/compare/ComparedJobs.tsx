// Jobs of two runs side by side, matched by name, with their steps.
import { Link } from "@tanstack/react-router";
import type { ComparedJob, ComparedSpan, Comparison } from "../../api/types";
import { Duration, Name, Panel, StatusIcon } from "../../ui";
import { Change, changeText } from "./Change";

/** A job's conclusions differ, or it took notably longer or shorter. */
export function isDifferent(span: ComparedSpan): boolean {
  return span.baseConclusion !== span.headConclusion || changeText(span.baseDurationMs, span.headDurationMs) !== null;
}

/** The jobs; those that differ open. */
export function ComparedJobs({ comparison }: { comparison: Comparison }) {
  const { jobs, head, base } = comparison;
  return (
    <Panel title="Jobs and steps" count={jobs.length}>
      {jobs.length === 0 ? (
        <p className="px-4 py-3 text-faint">Neither run has jobs.</p>
      ) : (
        <ul>
          {jobs.map((job) => (
            <JobRow key={`${job.headId} ${job.baseId}`} job={job} headId={head.id} baseId={base.id} />
          ))}
        </ul>
      )}
    </Panel>
  );
}

function JobRow({ job, headId, baseId }: { job: ComparedJob; headId: number; baseId: number }) {
  const where = job.headId !== null ? { run: headId, job: job.headId } : { run: baseId, job: job.baseId };
  return (
    <li className="border-b border-line last:border-b-0">
      <div className="flex min-h-10 flex-wrap items-center gap-x-3 gap-y-1 px-4 py-1.5 focus-within:bg-selected">
        <Conclusions span={job} />
        {where.job === null ? (
          <Name>{job.name}</Name>
        ) : (
          <Link
            to="/runs/$runId/jobs/$jobId"
            params={{ runId: String(where.run), jobId: String(where.job) }}
            data-row
            className="min-w-0 font-medium break-words"
          >
            <Name>{job.name}</Name>
          </Link>
        )}
        {job.headId === null && <span className="text-sm text-faint">only in the other run</span>}
        {job.baseId === null && <span className="text-sm text-faint">only in this run</span>}
        <Times span={job} />
      </div>
      <Steps steps={job.steps} />
    </li>
  );
}

/** Steps that ended otherwise stand open; the others are folded. */
function Steps({ steps }: { steps: ComparedSpan[] }) {
  const turned = steps.filter((step) => step.baseConclusion !== step.headConclusion);
  const rest = steps.filter((step) => step.baseConclusion === step.headConclusion);
  const differing = rest.filter(isDifferent).length;
  return (
    <>
      {turned.length > 0 && <StepList steps={turned} />}
      {rest.length > 0 && (
        <details className="px-4 pb-2">
          <summary className="w-fit text-sm text-faint hover:text-text">
            {rest.length === 1 ? "1 step" : `${rest.length} steps`} ended alike
            {differing > 0 && `, ${differing} took longer or shorter`}
          </summary>
          <StepList steps={rest} />
        </details>
      )}
    </>
  );
}

function StepList({ steps }: { steps: ComparedSpan[] }) {
  return (
    <ol className="mt-1 px-4">
      {steps.map((step, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: steps may share a name; their place tells them apart.
        <li key={index} className="flex min-h-7 flex-wrap items-center gap-x-3 text-sm">
          <Conclusions span={step} size={14} />
          <span className={`min-w-0 break-words ${isDifferent(step) ? "" : "text-muted"}`}>
            <Name>{step.name}</Name>
          </span>
          <Times span={step} />
        </li>
      ))}
    </ol>
  );
}

function Conclusions({ span, size = 16 }: { span: ComparedSpan; size?: number }) {
  const icon = (conclusion: string | null) =>
    conclusion === null ? (
      <span
        role="img"
        aria-label="not there"
        className="inline-block rounded-full border border-dashed border-skip"
        style={{ width: size, height: size }}
      />
    ) : (
      <StatusIcon of={{ status: "completed", conclusion }} size={size} />
    );
  return (
    <span className="inline-flex shrink-0 items-center gap-1 text-faint">
      {icon(span.baseConclusion)}
      <span aria-hidden>→</span>
      {icon(span.headConclusion)}
    </span>
  );
}

function Times({ span }: { span: ComparedSpan }) {
  return (
    <span className="ml-auto flex items-center gap-2 text-sm text-faint">
      <span className="whitespace-nowrap">
        <Duration ms={span.baseDurationMs} /> → <Duration ms={span.headDurationMs} />
      </span>
      <span className="min-w-16 text-right">
        <Change base={span.baseDurationMs} head={span.headDurationMs} />
      </span>
    </span>
  );
}
