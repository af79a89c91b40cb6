// The lines of a job's log around a failure: five on each side, more on demand.
/** The excerpt; nothing until its line is known. */
export function LogExcerpt(_: {
  runId: number;
  jobId: number;
  attempt: number | undefined;
  line?: number;
  find?: string;
}) {
  return null;
}
