// A list that comes in pages, in its panel: waiting, failed, empty, or its items, and the button for more.
import type { ReactNode } from "react";
import { ErrorState, Panel, Skeleton } from "../ui";
import { type Counted, LoadMore, type Paged, totalText } from "./LoadMore";

interface List extends Paged {
  data: { pages: Counted[] } | undefined;
  isPending: boolean;
  isError: boolean;
  isPlaceholderData: boolean;
  error: unknown;
  refetch: () => unknown;
}

/**
 * `items` is what they are called, `shown` how many `children` there are, paler while they belong to the filters
 * before; `empty` stands where there are none.
 */
export function PagedPanel({
  title,
  aside,
  list,
  items,
  shown,
  rows = 10,
  rowHeight,
  empty,
  children,
}: {
  title: string;
  aside?: ReactNode;
  list: List;
  items: string;
  shown: number;
  rows?: number;
  rowHeight: number;
  empty: ReactNode;
  children: ReactNode;
}) {
  const total = totalText(list.data?.pages.at(-1));
  return (
    <Panel title={title} count={total} aside={aside}>
      {list.isPending ? (
        <Skeleton rows={rows} rowHeight={rowHeight} label={`Loading ${items}`} />
      ) : list.isError && shown === 0 ? (
        <ErrorState title={`The ${items} could not be loaded`} error={list.error} onRetry={() => list.refetch()} />
      ) : shown === 0 ? (
        empty
      ) : (
        <div className={list.isPlaceholderData ? "opacity-60" : undefined}>{children}</div>
      )}
      <LoadMore list={list} shown={shown} total={total} />
    </Panel>
  );
}
