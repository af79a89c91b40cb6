// The keys that lead from failure to failure, from every view of the run.
import { useNavigate } from "@tanstack/react-router";
import type { PageKey } from "../../../pageKeys";
import { chosenSearch } from "./FailureLink";
import { type FailureItem, stepFrom } from "./items";

/** `n` and `p`; nothing where there is nothing to choose. */
export function useFailureSteps(items: FailureItem[], selected: FailureItem | undefined): PageKey[] {
  const navigate = useNavigate({ from: "/runs/$runId" });
  const to = (by: 1 | -1) => () => {
    const next = stepFrom(items, selected, by);
    if (!next) return;
    void navigate({
      to: ".",
      search: (previous) => ({ ...previous, ...chosenSearch(next.id) }) as never,
      replace: selected !== undefined,
      resetScroll: false,
    });
  };
  if (items.length === 0) return [];
  return [
    { keys: ["n"], label: "Next failure", run: to(1) },
    { keys: ["p"], label: "Previous failure", run: to(-1) },
  ];
}
