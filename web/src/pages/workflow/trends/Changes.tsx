// What changed at once, newest first: the figures on both sides and the run it began with.
import { Link } from "@tanstack/react-router";
import { TrendingDown, TrendingUp } from "lucide-react";
import type { TrendChange } from "../../../api/types";
import { firstLine } from "../../../testing/stack";
import { Name, Panel, Time } from "../../../ui";
import { changeWords } from "./trendModel";

/** The list of steps; nothing where there is none. */
export function Changes({ changes }: { changes: TrendChange[] }) {
  if (changes.length === 0) return null;
  return (
    <Panel title="What changed" count={changes.length} aside="Steps that are no chance, and the run they began with">
      <ol>
        {[...changes].reverse().map((change) => (
          <ChangeRow key={`${change.kind} ${change.run.id}`} change={change} />
        ))}
      </ol>
    </Panel>
  );
}

function ChangeRow({ change }: { change: TrendChange }) {
  const { run } = change;
  const { title, figures, isWorse } = changeWords(change);
  const Icon = (change.kind === "duration") === isWorse ? TrendingUp : TrendingDown;
  return (
    <li className="flex flex-wrap items-baseline gap-x-3 gap-y-0.5 border-b border-line px-4 py-2 last:border-b-0">
      <Icon aria-hidden size={14} className={`self-center ${isWorse ? "text-fail-text" : "text-pass-text"}`} />
      <span className="font-medium">{title}</span>
      <span className={isWorse ? "text-fail-text" : "text-pass-text"}>{figures}</span>
      <span className="min-w-0 break-words text-muted">
        since{" "}
        <Link to="/runs/$runId" params={{ runId: String(run.id) }} data-row className="font-medium">
          #{run.runNumber}
        </Link>{" "}
        <span className="font-mono text-xs text-faint">{run.headSha.slice(0, 7)}</span>{" "}
        <Name>{firstLine(run.commitMessage)}</Name>
        {run.commitAuthor && (
          <span className="text-faint">
            {" "}
            by <Name>{run.commitAuthor}</Name>
          </span>
        )}
      </span>
      <span className="ml-auto text-faint">
        <Time at={run.createdAt} />
      </span>
    </li>
  );
}
