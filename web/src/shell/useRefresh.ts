// The Refresh button's work, shared by the header and the empty states.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { refresh, syncQuery } from "../api/client";
import type { Refreshed } from "../api/types";
import { plural } from "../format";
import { showToast } from "../toast";
import { errorText } from "../ui";

/** What a finished refresh found, in one line. */
export function refreshSentence({ summary }: Pick<Refreshed, "summary">): string {
  const { newRuns, updatedRuns, newFiles, updatedWorkflows } = summary;
  const parts = [
    newRuns > 0 && plural(newRuns, "new run"),
    updatedRuns > 0 && plural(updatedRuns, "updated run"),
    newFiles > 0 && plural(newFiles, "new file"),
    updatedWorkflows > 0 && plural(updatedWorkflows, "updated workflow"),
  ].filter((part): part is string => typeof part === "string");
  return parts.length > 0 ? parts.join(", ") : "Nothing new on GitHub";
}

/** Starts a refresh and tells its result; `isRefreshing` is also true while somebody else's goes on. */
export function useRefresh(): { refreshNow: () => void; isRefreshing: boolean } {
  const queries = useQueryClient();
  const sync = useQuery(syncQuery());
  const mutation = useMutation({
    mutationFn: refresh,
    onSuccess: (result) => showToast(refreshSentence(result)),
    onError: (error) => showToast(`Refresh failed: ${errorText(error)}`, "fail"),
    onSettled: () => queries.invalidateQueries({ predicate: (query) => query.queryKey[0] !== "file" }),
  });
  return {
    refreshNow: () => {
      if (!mutation.isPending) mutation.mutate();
    },
    isRefreshing: mutation.isPending || sync.data?.state === "refreshing",
  };
}
