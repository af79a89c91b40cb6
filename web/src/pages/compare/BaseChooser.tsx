// Which run another one is compared with: the last green one, or one found by number, branch, commit or address.
import { useInfiniteQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import clsx from "clsx";
import { useState } from "react";
import { runsOf, runsQuery } from "../../api/client";
import type { Run, RunDetail } from "../../api/types";
import { Button, buttonClass, ErrorState, Name, Skeleton, StatusIcon, Time } from "../../ui";
import { SearchField } from "../SearchField";
import { runIdIn } from "./runIdIn";

const route = getRouteApi("/runs/$runId");
const atMost = 8;

/** The two ways to choose; the list opens on demand. */
export function BaseChooser({
  run,
  other,
  baseId,
}: {
  run: RunDetail;
  other: number | undefined;
  baseId: number | undefined;
}) {
  const [isOpen, setIsOpen] = useState(false);
  return (
    <div className="px-4 py-2">
      <div className="flex flex-wrap items-center gap-2">
        <span className="text-sm text-faint">Compare with</span>
        <Link
          from="/runs/$runId"
          to="."
          search={(previous) => ({ ...previous, with: undefined }) as never}
          replace
          resetScroll={false}
          activeOptions={{ exact: true }}
          aria-current={other === undefined ? "true" : undefined}
          data-current={other === undefined || undefined}
          className={clsx(buttonClass(), "data-current:border-accent data-current:bg-selected")}
        >
          Last green
        </Link>
        <Button
          aria-expanded={isOpen}
          onClick={() => setIsOpen(!isOpen)}
          className={clsx(other !== undefined && "border-accent bg-selected")}
        >
          Another run
        </Button>
      </div>
      {isOpen && <Choices run={run} baseId={baseId} onChosen={() => setIsOpen(false)} />}
    </div>
  );
}

function Choices({ run, baseId, onChosen }: { run: RunDetail; baseId: number | undefined; onChosen: () => void }) {
  const navigate = route.useNavigate();
  const [words, setWords] = useState("");
  const list = useInfiniteQuery(runsQuery(run.workflowId, words ? { q: words } : {}));
  const runs = runsOf(list.data?.pages)
    .filter((one) => one.id !== run.id)
    .slice(0, atMost);
  const change = (text: string) => {
    // An address names one run; a bare number may be the run's own number, which the search finds.
    const id = text.includes("/") ? runIdIn(text) : null;
    if (id === null) setWords(text.trim());
    else {
      onChosen();
      void navigate({ search: (previous) => ({ ...previous, with: id }), replace: true, resetScroll: false });
    }
  };
  return (
    <div className="mt-2 flex flex-col gap-2">
      <SearchField label="Number, branch, commit, title or address" value={words} onChange={change} />
      {list.isPending ? (
        <Skeleton rows={4} rowHeight={32} label="Loading runs" />
      ) : list.isError && !list.data ? (
        <ErrorState title="The runs could not be loaded" error={list.error} onRetry={() => list.refetch()} />
      ) : runs.length === 0 ? (
        <p className="py-2 text-sm text-faint">No run of this workflow matches.</p>
      ) : (
        <ul aria-label="Runs to compare with" className="rounded-md border border-line">
          {runs.map((one) => (
            <li key={one.id} className="border-b border-line last:border-b-0">
              <ChoiceLink one={one} isChosen={one.id === baseId} onChosen={onChosen} />
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

function ChoiceLink({ one, isChosen, onChosen }: { one: Run; isChosen: boolean; onChosen: () => void }) {
  return (
    <Link
      from="/runs/$runId"
      to="."
      search={(previous) => ({ ...previous, with: one.id }) as never}
      replace
      resetScroll={false}
      onClick={onChosen}
      data-row
      activeOptions={{ exact: true }}
      aria-current={isChosen ? "true" : undefined}
      data-current={isChosen || undefined}
      className="flex min-h-8 flex-wrap items-center gap-x-2.5 px-3 py-1 text-sm hover:bg-raised hover:no-underline data-current:bg-selected"
    >
      <StatusIcon of={one} size={15} />
      <span className="font-medium">#{one.runNumber}</span>
      <span className="font-mono text-xs text-faint">{one.headSha.slice(0, 7)}</span>
      <span className="max-w-[48ch] min-w-0 truncate">
        <Name>{one.title || "(no title)"}</Name>
      </span>
      <span className="max-w-[24ch] truncate text-faint">
        <Name>{one.branch}</Name>
      </span>
      <span className="ml-auto text-faint">
        <Time at={one.createdAt} />
      </span>
    </Link>
  );
}
