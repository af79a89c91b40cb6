// The head of a run: title, where it came from, its attempts, and the verdict.
import { Link } from "@tanstack/react-router";
import { ArrowLeftRight, GitBranch, GitCommitHorizontal, GitPullRequest, Timer } from "lucide-react";
import type { ReactNode } from "react";
import type { Attempt, Job, RunDetail } from "../../api/types";
import { outcomeOf } from "../../outcome";
import { Badge, buttonClass, Duration, GitHubLink, Name, StatusIcon, Time, useNow } from "../../ui";
import type { FoundFailures } from "./failures/useFailures";
import { VerdictLine } from "./VerdictLine";

/** The head; `attempt` is set where an older attempt is looked at. */
export function RunHeader({
  run,
  attempt,
  jobs,
  found,
}: {
  run: RunDetail;
  attempt: number | undefined;
  jobs: Job[] | undefined;
  found: FoundFailures;
}) {
  const shown: Attempt | RunDetail = run.attempts.find((candidate) => candidate.attempt === attempt) ?? run;
  return (
    <header className="flex flex-col gap-2">
      <nav aria-label="Breadcrumb" className="text-sm text-faint">
        <Link to="/workflows">Workflows</Link> /{" "}
        <Link to="/workflows/$workflowId" params={{ workflowId: String(run.workflowId) }}>
          <Name>{run.workflowName}</Name>
        </Link>
      </nav>
      <div className="flex flex-wrap items-start gap-x-4 gap-y-2">
        <div className="flex min-w-0 flex-1 basis-80 items-start gap-2.5">
          <span className="mt-1">
            <StatusIcon of={shown} size={20} />
          </span>
          <h1 className="min-w-0 text-xl font-semibold break-words">
            <Name>{run.title || "(no title)"}</Name> <span className="font-normal text-faint">#{run.runNumber}</span>
          </h1>
        </div>
        <div className="flex flex-wrap items-center gap-2">
          <AttemptSwitch run={run} attempt={attempt ?? run.attempt} />
          {run.status === "completed" && (
            <Link
              from="/runs/$runId"
              to="."
              search={(previous) => ({ attempt: previous.attempt, tab: "compare" as const }) as never}
              className={buttonClass()}
            >
              <ArrowLeftRight aria-hidden size={13} /> Compare with last green
            </Link>
          )}
          <GitHubLink address={run.htmlUrl} repository={run.repository} />
        </div>
      </div>
      <Origin run={run} shown={shown} />
      <VerdictLine run={run} shown={shown} jobs={jobs} found={found} />
    </header>
  );
}

function AttemptSwitch({ run, attempt }: { run: RunDetail; attempt: number }) {
  if (run.attempts.length < 2) return null;
  return (
    <nav aria-label="Attempts" className="flex overflow-hidden rounded-md border border-line bg-panel">
      {[...run.attempts]
        .sort((a, b) => a.attempt - b.attempt)
        .map((one) => (
          <Link
            key={one.attempt}
            from="/runs/$runId"
            to="."
            search={(previous) =>
              ({ ...previous, attempt: one.attempt === run.attempt ? undefined : one.attempt, job: undefined }) as never
            }
            aria-current={one.attempt === attempt ? "page" : undefined}
            className="flex h-8 items-center gap-1.5 border-l border-line px-2.5 text-sm whitespace-nowrap first:border-l-0 hover:bg-raised hover:no-underline aria-[current=page]:bg-selected aria-[current=page]:font-medium"
          >
            <StatusIcon of={one} size={14} /> Attempt {one.attempt}
          </Link>
        ))}
    </nav>
  );
}

function Item({ icon, children }: { icon?: ReactNode; children: ReactNode }) {
  return (
    <span className="inline-flex max-w-full items-center gap-1">
      {icon}
      <span className="truncate">{children}</span>
    </span>
  );
}

function Origin({ run, shown }: { run: RunDetail; shown: Attempt | RunDetail }) {
  const icon = { size: 13, className: "shrink-0 text-faint", "aria-hidden": true } as const;
  return (
    <div className="flex flex-wrap items-center gap-x-4 gap-y-1 text-sm text-muted">
      {run.branch && (
        <Item icon={<GitBranch {...icon} />}>
          <Link
            to="/workflows/$workflowId"
            params={{ workflowId: String(run.workflowId) }}
            search={{ branch: run.branch }}
          >
            <Name>{run.branch}</Name>
          </Link>
        </Item>
      )}
      <Item icon={<GitCommitHorizontal {...icon} />}>
        <Link
          to="/runs"
          search={{ headSha: run.headSha }}
          className="font-mono text-xs"
          title="All runs of this commit"
        >
          {run.headSha.slice(0, 7)}
        </Link>
      </Item>
      {run.pullRequests.map((number) => (
        <Item key={number} icon={<GitPullRequest {...icon} />}>
          #{number}
        </Item>
      ))}
      <Item>
        {run.actor && (
          <Link to="/runs" search={{ actor: run.actor }}>
            <Name>{run.actor}</Name>
          </Link>
        )}{" "}
        · {run.event.replaceAll("_", " ")} · <Time at={run.createdAt} />
      </Item>
      <Item icon={<Timer {...icon} />}>
        <RunningTime shown={shown} />
      </Item>
      <Item>{run.repository}</Item>
      {run.fork && (
        <Badge tone="flaky" title="The commit is in a fork: what it made is less trusted">
          from a fork
        </Badge>
      )}
      {run.deletedUpstream && (
        <Badge title="GitHub no longer has this run; the copy here stays">deleted on GitHub</Badge>
      )}
    </div>
  );
}

function RunningTime({ shown }: { shown: Attempt | RunDetail }) {
  const now = useNow();
  if (shown.durationMs === null && shown.startedAt && outcomeOf(shown) === "running") {
    return (
      <>
        <Duration ms={Math.max(0, now - new Date(shown.startedAt).getTime())} /> so far
      </>
    );
  }
  return <Duration ms={shown.durationMs} />;
}
