// The first thing to see of a failed run: its failures by cause, and beside the list the one looked at with its evidence.
import { useNavigate } from "@tanstack/react-router";
import clsx from "clsx";
import { ArrowLeft, ChevronDown, ChevronUp, CircleCheck } from "lucide-react";
import type { Job, RunDetail } from "../../../api/types";
import { formatCount } from "../../../format";
import { type PageKey, usePageKeys } from "../../../pageKeys";
import type { RunSearch } from "../../../search";
import { copyFailure } from "../../../testing/FailureView";
import { sortFiles } from "../../../testing/images";
import { buttonClass, EmptyState, ErrorState, Skeleton } from "../../../ui";
import type { PairMode } from "../../../viewers/pair/modes";
import { Siblings } from "../../Siblings";
import { FailureLink } from "./FailureLink";
import { FailureList } from "./FailureList";
import { chosenItem, type FailureItem, itemMessage } from "./items";
import { LogFailureDetail, SilentJobDetail } from "./JobFailureDetail";
import { TestFailureDetail } from "./TestFailureDetail";
import { triesOf } from "./TryTabs";
import { useFailureSteps } from "./useFailureSteps";
import type { FoundFailures } from "./useFailures";

/** Keys of the ways to compare pictures. */
const modeKeys: [key: string, mode: PairMode, label: string][] = [
  ["d", "diff", "Pictures: the difference"],
  ["s", "side", "Pictures: side by side"],
  ["l", "slider", "Pictures: slider"],
  ["b", "onion", "Pictures: blend one into the other"],
];

/** The tab. */
export function FailuresTab({
  run,
  jobs,
  search,
  found,
  isGreen,
}: {
  run: RunDetail;
  jobs: Job[] | undefined;
  search: RunSearch;
  found: FoundFailures;
  isGreen: boolean;
}) {
  const { list, items } = found;
  if (!found.isAsked || (list.data && items.length === 0)) return <NoFailures isGreen={isGreen} />;
  if (!list.data) {
    return (
      <section aria-label="Failures" className="rounded-lg border border-line bg-panel">
        {list.isError ? (
          <ErrorState title="The failures could not be loaded" error={list.error} onRetry={() => list.refetch()} />
        ) : (
          <Skeleton rows={8} rowHeight={56} label="Loading failures" />
        )}
      </section>
    );
  }
  return <Triage run={run} jobs={jobs} search={search} found={found} />;
}

function NoFailures({ isGreen }: { isGreen: boolean }) {
  return (
    <section aria-label="Failures" className="rounded-lg border border-line bg-panel">
      <EmptyState icon={CircleCheck} title="No failures">
        {isGreen
          ? "Nothing failed here. Jobs, tests and files are in the other views."
          : "Nothing has failed so far. What fails appears here as soon as GitHub or a report tells of it."}
      </EmptyState>
    </section>
  );
}

function Triage({
  run,
  jobs,
  search,
  found,
}: {
  run: RunDetail;
  jobs: Job[] | undefined;
  search: RunSearch;
  found: FoundFailures;
}) {
  const { items, list } = found;
  const named = chosenItem(items, search);
  const selected = named ?? items[0];
  // With one failure there is nothing to choose.
  const isChosen = named !== undefined || items.length === 1;
  if (!selected) return null;
  return (
    <div
      className={clsx("grid items-start gap-4", items.length > 1 && "lg:grid-cols-[minmax(260px,360px)_minmax(0,1fr)]")}
    >
      {items.length > 1 && (
        <section
          aria-label="Causes"
          className={clsx(
            "overflow-hidden rounded-lg border border-line bg-panel lg:sticky lg:top-3",
            isChosen && "max-lg:hidden",
          )}
        >
          <header className="flex min-h-9 items-center gap-2 border-b border-line bg-raised/60 px-3 text-sm text-muted">
            <span className="font-medium">Grouped by cause</span>
            <span className="text-faint">
              {formatCount(list.hasNextPage ? (list.data?.pages.at(-1)?.total ?? items.length) : items.length)}
            </span>
            <span className="ml-auto flex gap-1 max-lg:hidden" title="Next and previous failure">
              <Key>n</Key>
              <Key>p</Key>
            </span>
          </header>
          <FailureList found={found} selected={selected} isChosen={isChosen} />
        </section>
      )}
      <section
        aria-label="Failure"
        className={clsx("min-w-0 overflow-hidden rounded-lg border border-line bg-panel", !isChosen && "max-lg:hidden")}
      >
        <Detail run={run} jobs={jobs} search={search} items={items} selected={selected} isChosen={isChosen} />
      </section>
    </div>
  );
}

function Key({ children }: { children: string }) {
  return (
    <kbd className="rounded border border-line bg-panel px-1.5 font-mono text-xs leading-[18px] text-faint">
      {children}
    </kbd>
  );
}

function Detail({
  run,
  jobs,
  search,
  items,
  selected,
  isChosen,
}: {
  run: RunDetail;
  jobs: Job[] | undefined;
  search: RunSearch;
  items: FailureItem[];
  selected: FailureItem;
  isChosen: boolean;
}) {
  const navigate = useNavigate({ from: "/runs/$runId" });
  const change = (next: Partial<Record<keyof RunSearch, unknown>>) =>
    void navigate({
      to: ".",
      search: (previous) => ({ ...previous, ...next }) as never,
      replace: true,
      resetScroll: false,
    });
  const step = useFailureSteps(items, selected);
  usePageKeys("Failures", [...step, ...(selected.kind === "test" ? testKeys(selected, run, change, navigate) : [])]);
  const comparing = { mode: search.mode, onMode: (mode: PairMode) => change({ mode }) };
  const aside = (
    <Siblings
      label="Previous and next failure"
      noun="failure"
      all={items}
      index={items.indexOf(selected)}
      icons={{ previous: ChevronUp, next: ChevronDown }}
      nameOf={(item) => (item.kind === "test" ? item.result.name : itemMessage(item))}
      link={(item, look) => <FailureLink item={item} isFirst={!isChosen} {...look} />}
    />
  );
  return (
    <>
      {items.length > 1 && (
        <button
          type="button"
          onClick={() => change({ result: undefined, test: undefined, try: undefined })}
          className={`${buttonClass("quiet")} m-2 mb-0 lg:hidden`}
        >
          <ArrowLeft aria-hidden size={14} /> All failures
        </button>
      )}
      {selected.kind === "test" && (
        <TestFailureDetail
          key={selected.id}
          result={selected.result}
          run={run}
          jobs={jobs}
          search={search}
          comparing={comparing}
          aside={aside}
        />
      )}
      {selected.kind === "log" && (
        <LogFailureDetail key={selected.id} failure={selected.failure} run={run} aside={aside} />
      )}
      {selected.kind === "job" && <SilentJobDetail key={selected.id} job={selected.job} run={run} aside={aside} />}
    </>
  );
}

function testKeys(
  { result }: FailureItem & { kind: "test" },
  run: RunDetail,
  change: (next: Partial<Record<keyof RunSearch, unknown>>) => void,
  navigate: ReturnType<typeof useNavigate>,
): PageKey[] {
  const tries = triesOf(result).slice(0, 9);
  const { sets, traces } = sortFiles(result.failure?.attachments ?? []);
  const trace = traces[0]?.fileId;
  return [
    ...(tries.length > 1
      ? tries.map((one, index) => ({
          keys: [String(index + 1)],
          label: `Try: ${one.label}`,
          run: () => change({ try: one.isLast ? undefined : index + 1 }),
        }))
      : []),
    ...(sets.length > 0
      ? modeKeys.map(([key, mode, label]) => ({ keys: [key], label, run: () => change({ mode }) }))
      : []),
    ...(trace
      ? [
          {
            keys: ["v"],
            label: "Open the trace",
            run: () => void navigate({ to: "/files/$fileId", params: { fileId: trace } }),
          },
        ]
      : []),
    { keys: ["c"], label: "Copy for an issue", run: () => void copyFailure(result, run) },
    {
      keys: ["o", "Enter"],
      label: "Open the history of the test",
      run: () => void navigate({ to: "/tests/$testId", params: { testId: String(result.testId) } }),
    },
  ];
}
