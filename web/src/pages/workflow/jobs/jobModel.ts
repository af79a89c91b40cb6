// Jobs of a workflow in the order asked for, and what they amount to in a sentence. Pure.
import type { JobStats, WorkflowJobs } from "../../../api/types";
import { formatDuration, formatRate, plural } from "../../../format";
import type { jobOrders } from "../../../search";

/** How jobs can be ordered. */
export type JobOrder = (typeof jobOrders)[number];

const keys: Record<JobOrder, (job: JobStats) => number> = {
  failures: (job) => job.failed,
  slowest: (job) => job.p50Ms ?? -1,
  queue: (job) => job.queueP95Ms ?? -1,
  critical: (job) => job.criticalShare * (job.p50Ms ?? 0),
};

/** The jobs, most of what is asked for first. */
export function sortJobs(jobs: JobStats[], order: JobOrder): JobStats[] {
  return [...jobs].sort((a, b) => keys[order](b) - keys[order](a));
}

/** What the jobs amount to. */
export function jobsSentence({ jobs, runsRead }: WorkflowJobs): string {
  if (jobs.length === 0) return "";
  const failing = jobs.filter((job) => job.failed > 0);
  const bottleneck = sortJobs(jobs, "critical")[0];
  const parts = [
    failing.length === 0
      ? `None of ${plural(jobs.length, "job")} failed in ${plural(runsRead, "run")}.`
      : `${failing.length} of ${plural(jobs.length, "job")} failed at least once in ${plural(runsRead, "run")}.`,
  ];
  if (bottleneck?.p50Ms && bottleneck.criticalShare > 0) {
    parts.push(
      `Runs wait most for ${bottleneck.name}: ${formatDuration(bottleneck.p50Ms)} on the way to the end of ${formatRate(bottleneck.criticalShare)} of them.`,
    );
  }
  return parts.join(" ");
}
