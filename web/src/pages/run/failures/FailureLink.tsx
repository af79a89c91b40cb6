// The link that chooses a failure: it stays on the run, and the address says what is looked at.
import { Link } from "@tanstack/react-router";
import type { ComponentProps } from "react";
import type { FailureItem } from "./items";

/** What the address becomes when another failure is looked at. */
export const chosenSearch = (id: string) => ({
  tab: "failures" as const,
  result: id,
  test: undefined,
  try: undefined,
});

/** The link; `isFirst` where none is chosen yet, so that Back leads to the list. */
export function FailureLink({
  item,
  isFirst,
  ...look
}: { item: FailureItem; isFirst: boolean } & Omit<ComponentProps<"a">, "href" | "ref">) {
  return (
    <Link
      from="/runs/$runId"
      to="."
      search={(previous) => ({ ...previous, ...chosenSearch(item.id) }) as never}
      replace={!isFirst}
      resetScroll={false}
      activeOptions={{ exact: true }}
      {...look}
    />
  );
}
