// Runs in short: outcome, number, commit, branch, age.
import { Link } from "@tanstack/react-router";
import { GitBranch } from "lucide-react";
import type { RunRef } from "../api/types";
import { endingOf } from "../outcome";
import { firstLine } from "../testing/stack";
import { Name, StatusIcon, Time } from "../ui";

/** A run in one line. */
export function RunRefLine({ run }: { run: RunRef }) {
  const message = firstLine(run.commitMessage);
  return (
    <span className="flex min-w-0 flex-wrap items-center gap-x-2.5 gap-y-0.5">
      <StatusIcon of={endingOf(run)} size={16} />
      <Link to="/runs/$runId" params={{ runId: String(run.id) }} data-row className="leading-6 font-medium">
        #{run.runNumber}
      </Link>
      <span className="font-mono text-xs text-faint">{run.headSha.slice(0, 7)}</span>
      <span className="max-w-[56ch] min-w-0 truncate">
        <Name>{message || "(no message)"}</Name>
      </span>
      {run.commitAuthor && (
        <span className="text-sm text-faint">
          by <Name>{run.commitAuthor}</Name>
        </span>
      )}
      <span className="inline-flex max-w-[24ch] items-center gap-1 truncate text-sm text-faint">
        <GitBranch aria-hidden size={12} className="shrink-0" />
        <span className="truncate">
          <Name>{run.branch}</Name>
        </span>
      </span>
      <span className="ml-auto text-sm text-faint">
        <Time at={run.createdAt} />
      </span>
    </span>
  );
}

/** Runs, one a line. */
export function RunRefs({ runs }: { runs: RunRef[] }) {
  return (
    <ul>
      {runs.map((run) => (
        <li
          key={run.id}
          className="border-b border-line px-4 py-1.5 last:border-b-0 focus-within:bg-selected hover:bg-raised/60"
        >
          <RunRefLine run={run} />
        </li>
      ))}
    </ul>
  );
}
