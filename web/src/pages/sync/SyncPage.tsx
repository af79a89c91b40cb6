// What the collector is doing, and everything it could not do yet.
import { useQuery } from "@tanstack/react-query";
import { syncQuery } from "../../api/client";
import type { SyncStatus } from "../../api/types";
import { formatClock, formatCount } from "../../format";
import { phaseLabel } from "../../shell/Banners";
import { RefreshButton } from "../../shell/RefreshButton";
import { usePageTitle } from "../../shell/usePageTitle";
import { Badge, ErrorState, Facts, Panel, ProgressBar, Skeleton, Time, type Tone } from "../../ui";
import { QueuePanel } from "./QueuePanel";

const states: Record<string, { label: string; tone: Tone; meaning: string }> = {
  empty: { label: "empty", tone: "plain", meaning: "Nothing has been mirrored yet." },
  initial: {
    label: "first sync",
    tone: "running",
    meaning: "The first sync goes on, newest first; everything that has arrived can be used.",
  },
  operational: { label: "watching", tone: "pass", meaning: "GitHub is asked again and again for what is new." },
  refreshing: { label: "refreshing", tone: "running", meaning: "A refresh somebody asked for goes on." },
};

/** The sync page. */
export function SyncPage() {
  usePageTitle("Sync");
  const { data: sync, error, refetch } = useQuery(syncQuery());
  return (
    <>
      <h1 className="mb-3 text-xl font-semibold">Sync</h1>
      {sync ? (
        <SyncView sync={sync} />
      ) : (
        <Panel title="Collection">
          {error ? (
            <ErrorState title="The state of collection could not be loaded" error={error} onRetry={() => refetch()} />
          ) : (
            <Skeleton rows={4} label="Loading the state of collection" />
          )}
        </Panel>
      )}
    </>
  );
}

function SyncView({ sync }: { sync: SyncStatus }) {
  const { label, tone, meaning } = states[sync.state] ?? { label: sync.state, tone: "plain" as const, meaning: "" };
  return (
    <div className="flex flex-col gap-4">
      <Panel title="Collection" aside={<RefreshButton />}>
        <div className="flex flex-col gap-3 px-4 py-3">
          <p>
            <Badge tone={tone}>{label}</Badge> <span className="text-muted">{meaning}</span>
          </p>
          <Facts
            facts={[
              ["Last refreshed", sync.lastSyncAt ? <Time key="last" at={sync.lastSyncAt} /> : "never"],
              ["Next check", sync.nextPollAt ? <Time key="next" at={sync.nextPollAt} /> : "not planned"],
              ["Running since", sync.startedAt ? <Time key="since" at={sync.startedAt} /> : "–"],
              ["Waiting items", formatCount(sync.pending)],
              ["Failed items", formatCount(sync.failed.length)],
            ]}
          />
          {sync.lastError && (
            <p className="rounded-md bg-fail-soft px-3 py-2 break-words text-fail-text">
              <span className="font-medium">Last error:</span> {sync.lastError}
            </p>
          )}
        </div>
      </Panel>
      <Progress sync={sync} />
      <RateLimit sync={sync} />
      <QueuePanel />
    </div>
  );
}

function Progress({ sync }: { sync: SyncStatus }) {
  const { progress } = sync;
  if (progress.phase === "idle") return null;
  const counts =
    progress.total > 0 ? `${formatCount(progress.done)} of ${formatCount(progress.total)}` : formatCount(progress.done);
  return (
    <Panel title="Work in hand" aside={counts}>
      <div className="px-4 py-3">
        <p className="mb-2">{phaseLabel(progress.phase)}</p>
        <ProgressBar label={phaseLabel(progress.phase)} done={progress.done} total={progress.total} />
      </div>
    </Panel>
  );
}

function RateLimit({ sync }: { sync: SyncStatus }) {
  const limit = sync.rateLimit;
  if (limit?.limit == null || limit.remaining == null) return null;
  return (
    <Panel title="GitHub's rate limit" aside={limit.resetAt && `starts anew at ${formatClock(limit.resetAt)}`}>
      <div className="px-4 py-3">
        <p className="mb-2">
          {formatCount(limit.remaining)} of {formatCount(limit.limit)} calls left
          {limit.limitedUntil && (
            <span className="text-flaky-text"> · no requests until {formatClock(limit.limitedUntil)}</span>
          )}
        </p>
        <ProgressBar label="Calls left" done={limit.remaining} total={limit.limit} />
        <Spending requests={sync.requests} />
      </div>
    </Panel>
  );
}

/** What the calls went into; those answered "unchanged" are free. */
function Spending({ requests }: { requests: SyncStatus["requests"] }) {
  if (requests.length === 0) return null;
  return (
    <dl className="mt-3 flex flex-wrap gap-x-6 gap-y-1 text-sm">
      {requests.map(({ endpoint, requests: sent, unchanged }) => (
        <div key={endpoint} className="flex gap-1.5">
          <dt className="text-faint">{endpoint.replaceAll("_", " ")}</dt>
          <dd>
            {formatCount(sent)}
            {unchanged > 0 && <span className="text-faint"> ({formatCount(unchanged)} free)</span>}
          </dd>
        </div>
      ))}
    </dl>
  );
}
