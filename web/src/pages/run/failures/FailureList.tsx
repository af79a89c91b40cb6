// The failures of a run, grouped by cause; the one looked at is marked.
import { useEffect, useRef } from "react";
import { formatCount } from "../../../format";
import { TestIcon } from "../../../testing/badges";
import { OutcomeStrip } from "../../../testing/OutcomeStrip";
import { fullName } from "../../../testing/words";
import { Badge, Duration, Name, StatusIcon, visibleName } from "../../../ui";
import { LoadMore } from "../../LoadMore";
import { elapsedMs } from "../JobsTab";
import { FailureLink } from "./FailureLink";
import { type Cause, type FailureItem, itemMessage } from "./items";
import { NewsBadge } from "./NewsBadge";
import type { FoundFailures } from "./useFailures";

/** Runs in the strip of a row. */
export const stripLength = 28;

/** The list. */
export function FailureList({
  found,
  selected,
  isChosen,
}: {
  found: FoundFailures;
  selected: FailureItem | undefined;
  isChosen: boolean;
}) {
  const total = found.list.data?.pages.at(-1)?.total ?? 0;
  return (
    <nav aria-label="Failures by cause" className="lg:max-h-[calc(100vh-1.5rem)] lg:overflow-y-auto">
      {found.causes.map((cause) => (
        <CauseGroup key={cause.key} cause={cause} selected={selected} isChosen={isChosen} />
      ))}
      <LoadMore list={found.list} shown={found.results.length} total={formatCount(total)} />
    </nav>
  );
}

function CauseGroup({
  cause,
  selected,
  isChosen,
}: {
  cause: Cause;
  selected: FailureItem | undefined;
  isChosen: boolean;
}) {
  return (
    <section className="border-b border-line last:border-b-0">
      <p className="flex items-start gap-2 px-3 pt-2.5 pb-1.5 font-mono text-xs text-muted">
        <span className="shrink-0 font-semibold text-fail-text">
          {cause.items.length}
          <span aria-hidden>×</span>
          <span className="sr-only"> times: </span>
        </span>
        <span className="line-clamp-2 min-w-0 break-words">
          <bdi>{cause.title || "No message"}</bdi>
        </span>
      </p>
      <ul>
        {cause.items.map((item) => (
          <FailureRow key={item.id} item={item} isSelected={item === selected} isChosen={isChosen} />
        ))}
      </ul>
    </section>
  );
}

function FailureRow({ item, isSelected, isChosen }: { item: FailureItem; isSelected: boolean; isChosen: boolean }) {
  const row = useRef<HTMLLIElement>(null);
  useEffect(() => {
    // Where the keyboard moved the choice, the list follows it; the page stays where it is.
    const list = row.current?.closest("nav");
    if (isSelected && list && list.scrollHeight > list.clientHeight)
      row.current?.scrollIntoView?.({ block: "nearest" });
  }, [isSelected]);
  return (
    <li ref={row}>
      <FailureLink
        item={item}
        isFirst={!isChosen}
        data-row
        aria-current={isSelected ? "true" : undefined}
        data-current={isSelected || undefined}
        className="block border-l-[3px] border-transparent px-3 py-1.5 hover:bg-raised hover:no-underline lg:data-current:border-l-accent lg:data-current:bg-selected"
      >
        <RowContent item={item} />
      </FailureLink>
    </li>
  );
}

function RowContent({ item }: { item: FailureItem }) {
  switch (item.kind) {
    case "test": {
      const { result } = item;
      return (
        <>
          <span className="flex items-start gap-2">
            <span className="sr-only">
              <TestIcon status={result.status} size={14} />
            </span>
            <span className="line-clamp-2 min-w-0 flex-1 font-medium break-words" title={visibleName(fullName(result))}>
              <Name>{fullName(result)}</Name>
            </span>
            <NewsBadge result={result} />
          </span>
          <span className="mt-1 flex items-center gap-2 text-sm text-muted">
            {result.strip && <OutcomeStrip strip={result.strip} count={Math.min(stripLength, result.strip.length)} />}
            <span className="min-w-0 truncate" title={visibleName(result.variant)}>
              <Name>{result.variant}</Name>
            </span>
            <span className="ml-auto shrink-0 text-faint">
              <Duration ms={result.durationMs} />
            </span>
          </span>
        </>
      );
    }
    case "log":
      return (
        <>
          <span className="flex items-start gap-2">
            <span className="line-clamp-2 min-w-0 flex-1 font-medium break-words">
              <Name>{item.failure.test ?? item.failure.jobName}</Name>
            </span>
            <Badge tone="flaky" title="Found by patterns in the log of the job: there is no report that says it">
              from the log
            </Badge>
          </span>
          <span className="mt-1 flex items-center gap-2 text-sm text-muted">
            <span className="min-w-0 truncate">
              {item.failure.test !== null && <Name>{item.failure.jobName}</Name>}
              {item.failure.test === null && item.failure.step && <Name>{item.failure.step}</Name>}
            </span>
            <span className="ml-auto shrink-0 text-faint">line {formatCount(item.failure.line)}</span>
          </span>
        </>
      );
    case "job":
      return (
        <span className="flex items-center gap-2">
          <StatusIcon of={item.job} size={16} />
          <span className="min-w-0 flex-1 truncate font-medium" title={itemMessage(item)}>
            <Name>{item.job.name}</Name>
          </span>
          <span className="text-sm text-faint">
            <Duration ms={elapsedMs(item.job.startedAt, item.job.completedAt)} />
          </span>
        </span>
      );
  }
}
