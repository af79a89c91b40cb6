// What the address says about the inside of a file: the action of a trace, the entry of an archive, a JSON pointer.
import { useNavigate, useRouterState } from "@tanstack/react-router";
import { type FileSearch, validateFileSearch } from "../../search";

/** Changes of the place; what is undefined leaves the address. */
export type PlaceChanges = { [K in keyof FileSearch]?: FileSearch[K] | undefined };

/** The place in the address, and how to go to another. Steps within a view replace, so that Back leaves the view. */
export function usePlace(): [FileSearch, (changes: PlaceChanges, push?: boolean) => void] {
  const search = useRouterState({ select: (state) => state.location.search });
  const navigate = useNavigate();
  const go = (changes: PlaceChanges, push = false) =>
    void navigate({
      to: ".",
      search: ((before: object) => ({ ...before, ...changes })) as never,
      replace: !push,
      resetScroll: false,
    });
  return [validateFileSearch(search as Record<string, unknown>), go];
}
