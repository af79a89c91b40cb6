// Everything that is not done, one row each: why, when it is tried again, and the button that tries it now.
import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { CircleCheck, RotateCw } from "lucide-react";
import { queueQuery, retry } from "../../api/client";
import type { Queue, QueueItem, QueueState } from "../../api/types";
import { formatCount, plural } from "../../format";
import { queueStates } from "../../search";
import { showToast } from "../../toast";
import { Badge, Button, type Column, EmptyState, errorText, Name, Table, Time, type Tone } from "../../ui";
import { Choice } from "../Choice";
import { PagedPanel } from "../PagedPanel";

const route = getRouteApi("/sync");

const states: Record<QueueState, { label: string; tone: Tone }> = {
  running: { label: "running", tone: "running" },
  waiting: { label: "waiting", tone: "plain" },
  failed: { label: "failed, tried again", tone: "flaky" },
  givenUp: { label: "given up", tone: "fail" },
};

const kinds: Record<string, string> = {
  run: "details of the run",
  recheck: "second look at the run",
  artifact: "artifact",
  log: "log of",
  reports: "reports in",
  "log-failures": "failures in the log of",
  tests: "tests of the run",
};

/** What the queue holds of each kind, in one line. */
export function countsSentence(counts: Queue["counts"]): string {
  const parts = counts
    .map((count) => ({ ...count, all: count.waiting + count.running + count.failed + count.givenUp }))
    .filter(({ all }) => all > 0)
    .sort((a, b) => b.all - a.all)
    .map(({ kind, all }) => `${formatCount(all)} ${queueNames[kind] ?? kind}`);
  return parts.join(" · ");
}

function totalOf(counts: Queue["counts"], state: QueueState | undefined): number {
  return counts.reduce(
    (sum, count) => sum + (state ? count[state] : count.waiting + count.running + count.failed + count.givenUp),
    0,
  );
}

const queueNames: Record<string, string> = {
  run: "run details",
  recheck: "second looks",
  artifact: "artifacts",
  log: "logs",
  reports: "reports",
  "log-failures": "failures in logs",
  tests: "runs to judge",
};

/** The queue. */
export function QueuePanel() {
  const { state } = route.useSearch();
  const navigate = useNavigate();
  const list = useInfiniteQuery(queueQuery(state));
  const items = list.data?.pages.flatMap((page) => page.items) ?? [];
  const counts = list.data?.pages[0]?.counts ?? [];
  const failed = counts.reduce((sum, count) => sum + count.failed + count.givenUp, 0);
  const again = useRetry();
  return (
    <PagedPanel
      title="Queue"
      list={{ ...list, data: list.data && { pages: [{ total: totalOf(counts, state) }] } }}
      items="items of the queue"
      shown={items.length}
      rowHeight={40}
      aside={
        <>
          <span className="max-md:hidden">{countsSentence(counts)}</span>
          <Choice
            label="State"
            value={state}
            options={queueStates.map((one) => [one, states[one].label] as const)}
            onChange={(next) => void navigate({ to: "/sync", search: next ? { state: next } : {} })}
          />
          {failed > 0 && (
            <Button onClick={() => again.mutate(undefined)}>
              <RotateCw aria-hidden size={14} /> Retry all {formatCount(failed)}
            </Button>
          )}
        </>
      }
      empty={
        <EmptyState icon={CircleCheck} title={state ? `Nothing is ${states[state].label}` : "Everything is done"}>
          What cannot be fetched or read would be listed here with its reason and its next try.
        </EmptyState>
      }
    >
      <QueueTable items={items} onRetry={(item) => again.mutate(item)} />
    </PagedPanel>
  );
}

function useRetry() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (item?: { kind: string; id: number }) => retry(item),
    onSuccess: ({ retried }) => showToast(`${plural(retried, "item")} will be tried again now`),
    onError: (error) => showToast(`Could not try again: ${errorText(error)}`, "fail"),
    onSettled: () => queries.invalidateQueries({ queryKey: ["sync"] }),
  });
}

const columns: Column[] = [
  { label: "Item" },
  { label: "State" },
  { label: "Reason", from: "sm" },
  { label: "Tries", align: "right", from: "sm" },
  { label: "Due", align: "right" },
  { label: "Retry", align: "right" },
];

function QueueTable({ items, onRetry }: { items: QueueItem[]; onRetry: (item: { kind: string; id: number }) => void }) {
  return (
    <Table columns={columns}>
      {items.map((item) => {
        const { label, tone } = states[item.state];
        const hasFailed = item.state === "failed" || item.state === "givenUp";
        return (
          <tr key={`${item.kind} ${item.id}`} className="h-10 border-b border-line last:border-b-0">
            <td className="max-w-96 py-1.5 pr-3 pl-4">
              <ItemName item={item} />
            </td>
            <td className="px-3 whitespace-nowrap">
              <Badge tone={tone}>{label}</Badge>
            </td>
            <td className="min-w-48 px-3 py-1.5 break-words text-muted max-sm:hidden">{item.reason ?? "–"}</td>
            <td className="px-3 text-right max-sm:hidden">{item.attempts}</td>
            <td className="px-3 text-right whitespace-nowrap text-faint">
              {item.dueAt ? <Time at={item.dueAt} /> : "with a retry"}
            </td>
            <td className="py-1 pr-4 pl-3 text-right">
              {hasFailed && (
                <Button
                  variant="quiet"
                  aria-label={`Retry ${itemText(item)}`}
                  onClick={() => onRetry({ kind: item.kind, id: item.id })}
                >
                  <RotateCw aria-hidden size={14} />
                </Button>
              )}
            </td>
          </tr>
        );
      })}
    </Table>
  );
}

function itemText(item: QueueItem): string {
  return [kinds[item.kind] ?? item.kind, item.name ?? (item.runNumber === null ? String(item.id) : "")]
    .filter(Boolean)
    .join(" ");
}

function ItemName({ item }: { item: QueueItem }) {
  return (
    <Link to="/runs/$runId" params={{ runId: String(item.runId) }} data-row className="break-words">
      {kinds[item.kind] ?? item.kind} {item.name && <Name>{item.name}</Name>}{" "}
      <span className="text-faint">
        {item.workflowName && <Name>{item.workflowName}</Name>} #{item.runNumber ?? item.runId}
      </span>
    </Link>
  );
}
