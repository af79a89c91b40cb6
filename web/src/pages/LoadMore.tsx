// The foot of a list that comes in pages.
import { formatCount } from "../format";
import { Button } from "../ui";

/** What a list in pages says of itself. */
export interface Paged {
  hasNextPage: boolean;
  isFetchingNextPage: boolean;
  isFetchNextPageError: boolean;
  fetchNextPage: () => unknown;
}

/** A page that says how many items there are in all. */
export interface Counted {
  total: number;
  totalIsExact?: boolean;
}

/** The number of items in all pages; a lower bound where the server has stopped counting. */
export function totalText(page: Counted | undefined): string | undefined {
  if (!page) return undefined;
  if (page.totalIsExact !== false) return formatCount(page.total);
  return page.total > 0 ? `more than ${formatCount(page.total - 1)}` : undefined;
}

/** A button for the next page, where there is one. */
export function LoadMore({ list, shown, total }: { list: Paged; shown: number; total: string | undefined }) {
  if (!list.hasNextPage && !list.isFetchNextPageError) return null;
  return (
    <div className="flex items-center justify-center gap-3 border-t border-line p-3">
      <Button onClick={() => list.fetchNextPage()} aria-disabled={list.isFetchingNextPage}>
        {list.isFetchingNextPage ? "Loading more" : list.isFetchNextPageError ? "Try again" : "Load more"}
      </Button>
      <span className="text-sm text-faint">
        {formatCount(shown)}
        {total && ` of ${total}`} shown
      </span>
    </div>
  );
}
