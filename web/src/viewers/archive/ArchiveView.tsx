// What is in an archive: a list with a filter, and the entry that was chosen beside it.
import "./archive.css";
import { useInfiniteQuery } from "@tanstack/react-query";
import clsx from "clsx";
import { ArrowLeft, Clapperboard, FileArchive, FileQuestion, FileText, Image } from "lucide-react";
import { useDeferredValue, useState } from "react";
import type { File } from "../../api/types";
import { formatCount, plural } from "../../format";
import { usePageKeys } from "../../pageKeys";
import { Button, Bytes, EmptyState, ErrorState, Name, Skeleton, visibleName } from "../../ui";
import { EntryView } from "./EntryView";
import { isArchive } from "./kinds";
import { usePlace } from "./place";
import { type ArchiveId, entriesQuery, type InnerEntry } from "./queries";

interface Props {
  file: File;
  archive: ArchiveId;
  isTrace: boolean;
}

/** The archive. */
export function ArchiveView({ file, archive, isTrace }: Props) {
  const [place, go] = usePlace();
  const [typed, setTyped] = useState(place.path ?? "");
  const q = useDeferredValue(place.path ?? "");
  const { data, error, refetch, hasNextPage, isFetchingNextPage, fetchNextPage } = useInfiniteQuery(
    entriesQuery(archive, q),
  );
  const entries = data?.pages.flatMap((page) => page.entries) ?? [];
  const total = data?.pages[0]?.total ?? 0;
  const chosen = place.entry;
  const entry = entries.find((one) => one.entry === chosen);
  const choose = (one: InnerEntry | undefined) => one && go({ entry: one.entry });
  const step = (by: number) => choose(entries[Math.max(0, entries.findIndex((one) => one.entry === chosen) + by)]);
  usePageKeys("Archive", [
    { keys: ["j"], label: "Next entry", run: () => step(1) },
    { keys: ["k"], label: "Previous entry", run: () => step(-1) },
  ]);
  // An entry beyond the first page is named by a link; the rest of the list is fetched until it is there.
  if (chosen !== undefined && !entry && hasNextPage && !isFetchingNextPage && q === "") void fetchNextPage();

  return (
    <section
      aria-label={`Archive ${visibleName(file.path)}`}
      className="overflow-hidden rounded-lg border border-line bg-panel"
    >
      <div className="flex flex-wrap items-center gap-2 border-b border-line bg-raised/60 px-2 py-1">
        <input
          type="search"
          value={typed}
          aria-label="Filter by path"
          placeholder="Filter by path"
          className="h-7 w-56 max-w-full rounded-md border border-line bg-panel px-2"
          onChange={(event) => {
            setTyped(event.target.value);
            go({ path: event.target.value || undefined });
          }}
        />
        <span className="text-sm text-faint" role="status">
          {formatCount(total)} {plural(total, "file").replace(/^[\d,.\s]+/, "")}
        </span>
        <span className="ml-auto flex gap-1">
          {archive.within !== undefined && (
            <Button
              variant="quiet"
              onClick={() => go({ within: undefined, entry: undefined, path: undefined, view: undefined }, true)}
            >
              <ArrowLeft aria-hidden size={14} /> Outer archive
            </Button>
          )}
          {isTrace && (
            <Button variant="quiet" onClick={() => go({ view: undefined, entry: undefined, path: undefined }, true)}>
              <Clapperboard aria-hidden size={14} /> Show the trace
            </Button>
          )}
        </span>
      </div>
      <div className={clsx("archive-body", entry && "has-entry")}>
        <div className="archive-list">
          {error && <ErrorState title="The list could not be loaded" error={error} onRetry={() => void refetch()} />}
          {!data && !error && <Skeleton rows={10} rowHeight={30} label="Looking into the archive" />}
          {data && entries.length === 0 && (
            <EmptyState title={q ? "No path holds these letters" : "The archive is empty"}>
              {q ? "Change the filter to see more." : "There is nothing in it to show."}
            </EmptyState>
          )}
          <ul>
            {entries.map((one) => (
              <EntryRow key={one.entry} entry={one} isChosen={one.entry === chosen} onChoose={() => choose(one)} />
            ))}
          </ul>
          {hasNextPage && (
            <p className="p-2 text-center">
              <Button disabled={isFetchingNextPage} onClick={() => void fetchNextPage()}>
                {isFetchingNextPage
                  ? "Loading…"
                  : `Load more (${formatCount(entries.length)} of ${formatCount(total)})`}
              </Button>
            </p>
          )}
        </div>
        {entry && (
          <EntryView
            key={entry.entry}
            file={file}
            entry={entry}
            onClose={() => go({ entry: undefined })}
            onEnter={
              archive.within === undefined && isArchive(entry.path, entry.mediaType)
                ? () => go({ within: entry.entry, entry: undefined, path: undefined, view: undefined }, true)
                : undefined
            }
          />
        )}
      </div>
    </section>
  );
}

function EntryRow({ entry, isChosen, onChoose }: { entry: InnerEntry; isChosen: boolean; onChoose: () => void }) {
  const slash = entry.path.lastIndexOf("/");
  const Icon = isArchive(entry.path, entry.mediaType)
    ? FileArchive
    : { image: Image, json: FileText, text: FileText, binary: FileQuestion }[entry.type];
  return (
    <li>
      <button
        type="button"
        aria-current={isChosen ? "true" : undefined}
        className={clsx("archive-row", isChosen && "is-chosen")}
        onClick={onChoose}
      >
        <Icon aria-hidden size={14} className="shrink-0 text-faint" />
        <span className="min-w-0 flex-1 text-left break-all">
          {slash >= 0 && (
            <span className="text-faint">
              <Name>{entry.path.slice(0, slash + 1)}</Name>
            </span>
          )}
          <Name>{entry.path.slice(slash + 1) || "(no name)"}</Name>
        </span>
        <span className="text-xs whitespace-nowrap text-faint tabular-nums">
          <Bytes bytes={entry.sizeBytes} />
        </span>
      </button>
    </li>
  );
}
