// How far the mirror is with a run, in a word.
import type { Run } from "../../api/types";
import { Badge, type Tone } from "../../ui";

const looks: Record<string, { tone: Tone; label: string; meaning: string }> = {
  pending: { tone: "plain", label: "not fetched yet", meaning: "Seen on GitHub; its content is waiting to be fetched" },
  processing: { tone: "running", label: "fetching", meaning: "Content is being fetched, or the run goes on" },
  processed: {
    tone: "plain",
    label: "complete",
    meaning: "Everything there is has been mirrored, or is listed with the reason why not",
  },
  failed: { tone: "fail", label: "incomplete", meaning: "Something could not be fetched" },
};

/** The badge, with the reason on hover. */
export function ProcessingBadge({ run }: { run: Pick<Run, "processing" | "status"> }) {
  const { state, error } = run.processing;
  if (state === "processing" && run.status !== "completed") {
    return <Badge title="The run goes on; what it has uploaded so far is here">run goes on</Badge>;
  }
  const look = looks[state] ?? { tone: "plain" as const, label: state, meaning: "" };
  if (state === "processed") {
    return (
      <span className="text-sm text-faint" title={look.meaning}>
        {look.label}
      </span>
    );
  }
  return (
    <Badge tone={look.tone} title={error ?? look.meaning}>
      {look.label}
    </Badge>
  );
}
