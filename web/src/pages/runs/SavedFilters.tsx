// The reader's own filters as buttons, and the button that keeps the one that is set.
import { Bookmark, BookmarkX } from "lucide-react";
import { useSyncExternalStore } from "react";
import { activeFilters, type RunsSearch } from "../../search";
import { Button, visibleName } from "../../ui";
import { filterName, isSameFilter, savedFilters, toggleSavedFilter, watchSavedFilters } from "./savedFilters";

const names = ["status", "branch", "event", "actor", "headSha", "repository", "from", "to", "q"] as const;

/** The row; nothing where no filter is set and none is kept. */
export function SavedFilters({
  search,
  onChange,
}: {
  search: RunsSearch;
  onChange: (change: Partial<RunsSearch>) => void;
}) {
  const saved = useSyncExternalStore(watchSavedFilters, savedFilters);
  const own: RunsSearch = Object.fromEntries(names.map((name) => [name, search[name]]));
  const isSet = activeFilters(own).length > 0;
  const isSaved = saved.some((one) => isSameFilter(one, own));
  if (saved.length === 0 && !isSet) return null;
  const set = (filter: RunsSearch) =>
    onChange(Object.fromEntries(names.map((name) => [name, filter[name]])) as Partial<RunsSearch>);
  return (
    <div className="flex flex-wrap items-center gap-2">
      {saved.map((filter) => {
        const isActive = isSameFilter(filter, own);
        return (
          <Button
            key={filterName(filter)}
            aria-pressed={isActive}
            onClick={() => set(isActive ? {} : filter)}
            className={isActive ? "border-accent! bg-selected" : undefined}
          >
            <Bookmark aria-hidden size={13} /> <bdi>{visibleName(filterName(filter))}</bdi>
          </Button>
        );
      })}
      {isSet && (
        <Button variant="quiet" onClick={() => toggleSavedFilter(own)}>
          {isSaved ? <BookmarkX aria-hidden size={13} /> : <Bookmark aria-hidden size={13} />}
          {isSaved ? "Forget this filter" : "Save this filter"}
        </Button>
      )}
    </div>
  );
}
