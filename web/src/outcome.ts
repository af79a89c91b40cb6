// One word for what happened, from GitHub's status and conclusion. Every colour and icon hangs on it.

/** What a run, job or step came to, as the pages colour it. */
export type Outcome = "pass" | "fail" | "running" | "queued" | "cancelled" | "skipped" | "attention" | "unknown";

const conclusions: Record<string, Outcome> = {
  success: "pass",
  failure: "fail",
  timed_out: "fail",
  startup_failure: "fail",
  action_required: "attention",
  stale: "cancelled",
  cancelled: "cancelled",
  skipped: "skipped",
  neutral: "skipped",
};

/** The outcome; a word GitHub invents later is "unknown", never "pass". */
export function outcomeOf(of: { status: string; conclusion: string | null }): Outcome {
  if (of.status === "in_progress") return "running";
  if (of.status !== "completed") return of.status === "action_required" ? "attention" : "queued";
  return conclusions[of.conclusion ?? ""] ?? "unknown";
}

/** Status and conclusion of a run told of in short: one without a conclusion has not ended. */
export function endingOf(run: { conclusion: string | null }): { status: string; conclusion: string | null } {
  return { status: run.conclusion === null ? "in_progress" : "completed", conclusion: run.conclusion };
}

/** The outcome in words, with GitHub's own term where ours would lose something. */
export function outcomeLabel(of: { status: string; conclusion: string | null }): string {
  const word = of.status === "completed" ? (of.conclusion ?? "no conclusion") : of.status;
  return words[word] ?? word.replaceAll("_", " ");
}

const words: Record<string, string> = {
  success: "passed",
  failure: "failed",
  timed_out: "timed out",
  startup_failure: "could not start",
  action_required: "waiting for approval",
  in_progress: "running",
  pending: "queued",
  requested: "queued",
};
