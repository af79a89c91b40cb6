// One honest sentence on top of a run: what happened, where, and what the mirror lacks. Pure.
import type { Artifact, Job, TestTotals } from "../../api/types";
import { formatCount, formatDuration, plural } from "../../format";
import { outcomeLabel, outcomeOf } from "../../outcome";

/** The run or attempt the sentence is about. */
export interface Judged {
  status: string;
  conclusion: string | null;
  durationMs: number | null;
}

function namesOf(failed: Job[]): string {
  const [first, second] = failed.map((job) => {
    const step = job.steps.find((candidate) => outcomeOf(candidate) === "fail");
    return step ? `${job.name} at “${step.name}”` : job.name;
  });
  if (failed.length <= 2) return [first, second].filter(Boolean).join(" and ");
  return `${first}, ${second} and ${failed.length - 2} more`;
}

/** The sentence; without jobs it says only what GitHub says of the run. */
export function verdictOf(run: Judged, jobs: Job[] | undefined): string {
  const outcome = outcomeOf(run);
  const took = run.durationMs === null ? "" : ` in ${formatDuration(run.durationMs)}`;
  if (!jobs || jobs.length === 0) return sentenceOfRun(run, took);
  const failed = jobs.filter((job) => outcomeOf(job) === "fail");
  const done = jobs.filter((job) => job.status === "completed").length;
  if (outcome === "running" || outcome === "queued") {
    const far = failed.length > 0 ? `; failed so far: ${namesOf(failed)}` : "";
    const word = run.status === "waiting" ? "Waiting for approval" : outcome === "running" ? "Running" : "Queued";
    return `${word}: ${done} of ${plural(jobs.length, "job")} done${far}.`;
  }
  if (failed.length > 0) {
    const verb = outcome === "pass" ? "failed, but the run passed" : "failed";
    return `${failed.length} of ${plural(jobs.length, "job")} ${verb}: ${namesOf(failed)}.`;
  }
  if (outcome === "pass") {
    const skipped = jobs.filter((job) => outcomeOf(job) === "skipped").length;
    const passed = jobs.filter((job) => outcomeOf(job) === "pass").length;
    const rest = skipped > 0 ? `, ${skipped} skipped` : "";
    return passed === jobs.length && passed > 1
      ? `All ${passed} jobs passed${took}.`
      : `${plural(passed, "job")} passed${rest}${took}.`;
  }
  return sentenceOfRun(run, took);
}

/** The tests' part of the sentence, in front of the jobs'; empty where no test failed. */
export function testsSentence(tests: TestTotals): string {
  if (tests.failed === 0) return "";
  return `${formatCount(tests.failed)} of ${plural(tests.total, "test")} failed. `;
}

function sentenceOfRun(run: Judged, took: string): string {
  const word = outcomeLabel(run);
  return `${word.charAt(0).toUpperCase()}${word.slice(1)}${took}.`;
}

/** What the mirror lacks of the artifacts, in words; null where it has them all. */
export function missingSentence(artifacts: Artifact[]): string | null {
  const lacking = artifacts.filter((artifact) => artifact.state !== "complete");
  if (lacking.length === 0) return null;
  const counts = new Map<string, number>();
  for (const artifact of lacking) {
    const word = artifactStates[artifact.state]?.label ?? artifact.state;
    counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  const parts = [...counts].map(([word, count]) => `${count} ${word}`).join(", ");
  return `Of ${plural(artifacts.length, "artifact")}, ${artifacts.length - lacking.length} ${artifacts.length - lacking.length === 1 ? "is" : "are"} mirrored; ${parts}.`;
}

/** The states of an artifact: a word and what it means. */
export const artifactStates: Record<
  string,
  { label: string; meaning: string; tone: "plain" | "running" | "fail" | "flaky" }
> = {
  pending: { label: "waiting", meaning: "Waiting to be fetched", tone: "plain" },
  fetching: { label: "being fetched", meaning: "Being fetched right now", tone: "running" },
  complete: { label: "mirrored", meaning: "Kept here byte for byte; every file can be opened", tone: "plain" },
  failed: { label: "failed, will be retried", meaning: "The last try failed; another follows by itself", tone: "fail" },
  rejected: { label: "unreadable", meaning: "Fetched, but it cannot be read as an archive", tone: "fail" },
  expired: {
    label: "expired on GitHub",
    meaning: "GitHub had dropped the content before it could be fetched",
    tone: "flaky",
  },
  gone: { label: "gone from GitHub", meaning: "GitHub no longer has it", tone: "flaky" },
  skipped: { label: "skipped", meaning: "Listed but not fetched, because of its size", tone: "flaky" },
  quarantined: { label: "given up", meaning: "Given up after several failures; Refresh tries again", tone: "fail" },
  deleted: {
    label: "removed by retention",
    meaning: "The content was old enough to be deleted; what is known about it stays",
    tone: "flaky",
  },
};

/** The states of a job's log: what to say where there is none. */
export const logStates: Record<string, string> = {
  unfinished: "GitHub hands out a log only after its job has ended",
  pending: "The log is waiting to be fetched",
  missing: "GitHub has no log for this job: it ran no step, or the log is gone",
  failed: "The log could not be fetched yet",
  deleted: "The log was old enough to be deleted by retention",
};
