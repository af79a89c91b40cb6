// The commits between two runs, as far as runs of the same workflow and branch tell of them.
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { runsOf, runsQuery } from "../../api/client";
import type { Run, RunDetail, RunRef } from "../../api/types";
import { firstLine } from "../../testing/stack";
import { Name, Panel, StatusIcon, Time } from "../../ui";

const atMost = 50;

/** The runs after `base` up to `head`, one for each commit, newest first. */
export function commitsBetween(runs: Run[], head: { createdAt: string; headSha: string }, base: RunRef): Run[] {
  const seen = new Set([base.headSha]);
  const between: Run[] = [];
  for (const run of runs) {
    if (run.createdAt <= base.createdAt || run.createdAt > head.createdAt || seen.has(run.headSha)) continue;
    seen.add(run.headSha);
    between.push(run);
  }
  return between;
}

/** The panel; nothing where the two runs are of one commit, or the base is the newer one. */
export function CommitsBetween({ run, base }: { run: RunDetail; base: RunRef }) {
  const isAsked = run.headSha !== base.headSha && base.createdAt < run.createdAt;
  const list = useInfiniteQuery({
    ...runsQuery(run.workflowId, {
      ...(run.branch ? { branch: run.branch } : {}),
      from: base.createdAt,
      to: run.createdAt,
    }),
    enabled: isAsked,
  });
  if (!isAsked || !list.data) return null;
  const commits = commitsBetween(runsOf(list.data.pages), run, base).slice(0, atMost);
  if (commits.length === 0) return null;
  return (
    <Panel
      title="Commits"
      count={`${commits.length}${list.hasNextPage ? "+" : ""}`}
      aside={
        run.branch === base.branch
          ? "After the other run, up to this one"
          : `On ${run.branch} after the other run, which is on ${base.branch}`
      }
    >
      <ul>
        {commits.map((one) => (
          <li
            key={one.id}
            className="flex min-h-9 flex-wrap items-center gap-x-2.5 border-b border-line px-4 py-1 last:border-b-0 focus-within:bg-selected hover:bg-raised/60"
          >
            <StatusIcon of={one} size={15} />
            <span className="font-mono text-xs text-faint">{one.headSha.slice(0, 7)}</span>
            <Link
              to="/runs/$runId"
              params={{ runId: String(one.id) }}
              data-row
              className="max-w-[64ch] min-w-0 truncate font-medium"
            >
              <Name>{firstLine(one.commit.message) || one.title || "(no message)"}</Name>
            </Link>
            <span className="text-sm text-faint">
              by <Name>{one.commit.author || one.actor}</Name> in #{one.runNumber}
            </span>
            <span className="ml-auto text-sm text-faint">
              <Time at={one.createdAt} />
            </span>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
