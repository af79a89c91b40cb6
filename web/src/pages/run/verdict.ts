// One honest sentence on top of a run: what happened, where, and what the mirror lacks. Pure.
import type { Artifact, Job, Novelty, Since, TestResult } from "../../api/types";
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

/** What a run's failed tests come to. */
export interface FailureNews {
  /** Failed tests in all; those looked at may be fewer. */
  failed: number;
  results: TestResult[];
  jobs: Job[] | undefined;
}

const numberWords = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];

function inWords(count: number): string {
  return numberWords[count] ?? formatCount(count);
}

function capital(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}

/** The failed jobs in which tests failed; null where the reports do not tell, as those gathered by a later job. */
function jobsOfTests({ failed, results, jobs }: FailureNews): Set<number> | null {
  const failing = new Set(jobs?.filter((job) => outcomeOf(job) === "fail").map((job) => job.id));
  const ids = new Set<number>();
  for (const { jobId } of results) {
    if (jobId === null || !failing.has(jobId)) return null;
    ids.add(jobId);
  }
  return results.length === failed ? ids : null;
}

/** "7 tests failed in 2 of 14 jobs." */
export function failedSentence(news: FailureNews): string {
  const { failed, jobs = [] } = news;
  const count = jobsOfTests(news)?.size ?? jobs.filter((job) => outcomeOf(job) === "fail").length;
  const where = jobs.length > 1 && count > 0 ? ` in ${count} of ${plural(jobs.length, "job")}` : "";
  return `${plural(failed, "test")} failed${where}.`;
}

/** Failed jobs in which no test failed, in a sentence; empty where there is none, or that is not known. */
export function otherJobsSentence(news: FailureNews): string {
  const ids = jobsOfTests(news);
  const others = ids ? (news.jobs?.filter((job) => outcomeOf(job) === "fail" && !ids.has(job.id)) ?? []) : [];
  if (others.length === 0 || news.results.length === 0) return "";
  return `${others.length === 1 ? "1 more job" : `${others.length} more jobs`} failed: ${namesOf(others)}.`;
}

/** Failures of one kind: what is said of them, and of which results. */
export interface NewsPart {
  novelty: Novelty;
  text: string;
  results: TestResult[];
}

const saidOf: Record<Novelty, { one: string; many: string }> = {
  new: { one: "is new", many: "are new" },
  known: { one: "is known from elsewhere", many: "are known from elsewhere" },
  flaky: { one: "is a known flake", many: "are known flakes" },
};

/** How many are news, known and flaky: "six are new", "one is a known flake". */
export function newsParts({ failed, results }: FailureNews): NewsPart[] {
  const novelties: Novelty[] = ["new", "known", "flaky"];
  const groups = novelties.map((novelty) => ({ novelty, of: results.filter((one) => one.novelty === novelty) }));
  const said = groups.filter(({ of }) => of.length > 0);
  return said.map(({ novelty, of }, index) => {
    const { one, many } = saidOf[novelty];
    const isAll = of.length === failed;
    const subject = isAll ? (failed === 1 ? "it" : "all") : inWords(of.length);
    const text = `${subject} ${of.length === 1 ? one : many}`;
    return { novelty, text: index === 0 ? capital(text) : text, results: of };
  });
}

/** Since when all these tests fail: only where they agree, and it is not later than the run. */
export function commonSince(found: (Since | null | undefined)[], runNumber: number): Since | null {
  const [first] = found;
  const red = first?.firstRed;
  if (!first || !red || first.inconclusive || red.runNumber > runNumber) return null;
  return found.every((one) => one?.firstRed?.id === red.id && !one.inconclusive) ? first : null;
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
