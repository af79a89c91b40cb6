// The words of test history: what statuses, verdicts and states are called, mean and look like. Pure.
import type { Novelty, ProofKind, TestReport, TestStatus, TestsState, TestTotals, Verdict } from "../api/types";
import { formatCount } from "../format";
import type { Tone } from "../ui/Badge";

/** How a word is shown: its label, its colour, and what it means in a sentence. */
export interface Word {
  label: string;
  tone: Tone;
  meaning: string;
}

/** Outcomes of a test in one run. */
export const statusWords: Record<TestStatus, Word> = {
  failed: { label: "failed", tone: "fail", meaning: "The last try failed, erred or broke off" },
  flaky: { label: "flaky", tone: "flaky", meaning: "It passed after a failing try in the same job" },
  skipped: { label: "skipped", tone: "plain", meaning: "It was not run" },
  passed: { label: "passed", tone: "pass", meaning: "It passed" },
};

/** What is thought of a test over time. */
export const verdictWords: Record<Verdict, Word> = {
  broken: { label: "broken", tone: "fail", meaning: "It fails, and has failed for some time" },
  regressed: { label: "regressed", tone: "fail", meaning: "It passed reliably, and fails since a known run" },
  flaky: { label: "flaky", tone: "flaky", meaning: "The same code both passed and failed, at least twice" },
  suspect: { label: "suspect", tone: "flaky", meaning: "It looks flaky, and the proof is missing" },
  recovering: { label: "recovering", tone: "running", meaning: "It was flaky, and has not contradicted itself lately" },
  fixed: { label: "fixed", tone: "pass", meaning: "It was broken, and passes again" },
  notEnoughData: { label: "not enough data", tone: "plain", meaning: "It has run on too few commits to be judged" },
  healthy: { label: "healthy", tone: "pass", meaning: "Nothing speaks against it" },
};

/** Whether a failure is news. */
export const noveltyWords: Record<Novelty, Word> = {
  new: {
    label: "new",
    tone: "fail",
    meaning: "Not seen on the default branch lately, nor on other branches: caused here",
  },
  known: { label: "known", tone: "plain", meaning: "Fails elsewhere as well: not caused by this change" },
  flaky: { label: "flaky", tone: "flaky", meaning: "The test is known to be flaky" },
};

/** What is known of a run's tests, where they are not simply complete. */
export const stateWords: Record<TestsState, Word> = {
  none: { label: "no tests", tone: "plain", meaning: "No report was found, and none was expected." },
  pending: {
    label: "tests pending",
    tone: "running",
    meaning: "Reports may still come: the run goes on, or its artifacts are not read yet.",
  },
  complete: { label: "complete", tone: "pass", meaning: "All reports that were found have been read." },
  partial: {
    label: "tests incomplete",
    tone: "flaky",
    meaning: "Something was cut short: these tests are not all there were.",
  },
  empty: {
    label: "no test ran",
    tone: "fail",
    meaning: "There are reports without a single test in them. That is not green.",
  },
  unreadable: { label: "unreadable report", tone: "fail", meaning: "There are reports, and none of them can be read." },
  missing: {
    label: "report missing",
    tone: "flaky",
    meaning: "Runs of this workflow have test reports; this one ended without.",
  },
};

/** How executions prove a verdict. */
export const proofWords: Record<ProofKind, string> = {
  retryInJob: "Failed and passed within one job, by a retry",
  otherAttempt: "Failed in one attempt of a run and passed in another",
  sameTree: "Failed in one run and passed in another of the same code",
  shortFlip: "Went from pass to fail and back within few runs",
  failingStreak: "Failed in a row",
  onset: "The last pass, and the first failure after it",
  recovery: "The last failure, and the passes after it",
};

/** Which report counts instead, in a word; null for one that counts itself. */
export function standingWord(report: TestReport, other: TestReport | undefined): string | null {
  const name = other ? ` ${reportName(other)}` : report.instead === null ? "" : ` report ${report.instead}`;
  if (report.standing === "duplicate") return name ? `duplicate of${name}` : "duplicate";
  if (report.standing === "superseded") {
    return other?.attempt ? `superseded by attempt ${other.attempt}` : "superseded by a later attempt";
  }
  return null;
}

/** A report's last path segment, or its artifact where it has none. */
export function reportName(report: TestReport): string {
  return report.path.split("/").filter(Boolean).at(-1) ?? report.artifactName;
}

/** A test's enclosing suite for people: the class where the report has no suite. */
export function suiteOf(test: { suite: string; className: string | null }): string {
  return (test.suite || test.className || "").split(" > ").join(" › ");
}

/** A test's full name in one line. */
export function fullName(test: { suite: string; className: string | null; name: string }): string {
  const suite = suiteOf(test);
  return suite ? `${suite} › ${test.name}` : test.name;
}

const wordsLookedFor = 6;

/** The words of a name that a search finds it by: the server takes so many, and not more. */
export function searchWords(name: string): string {
  return name.split(/\s+/).filter(Boolean).slice(0, wordsLookedFor).join(" ");
}

/** The counts as a sentence: "2 failed, 1 flaky, 38 passed, 3 skipped". Flaky ones are among the passed. */
export function totalsSentence(totals: TestTotals): string {
  const counts: [number, string][] = [
    [totals.failed, "failed"],
    [totals.flaky, "flaky"],
    [totals.passed - totals.flaky, "passed"],
    [totals.skipped, "skipped"],
  ];
  const parts = counts.filter(([count]) => count > 0).map(([count, word]) => `${formatCount(count)} ${word}`);
  return parts.length > 0 ? parts.join(", ") : stateWords[totals.state].label;
}

/** Hits as a share of lines, between 0 and 1; null where nothing can be hit. */
export function coverageRate(hit: number, of: number): number | null {
  return of > 0 ? hit / of : null;
}

/** Passes in a row after which a flake of this rate is 95 % sure to be gone; null for no rate. */
export function passesFor95(flakeRate: number): number | null {
  if (flakeRate <= 0) return null;
  return flakeRate >= 1 ? 1 : Math.ceil(Math.log(0.05) / Math.log(1 - flakeRate));
}
