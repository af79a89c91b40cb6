// The question behind the overview.
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { client, read } from "./client";
import type { OverviewParameters } from "./types";

/** Everything on the first page. */
export const overviewQuery = (parameters: OverviewParameters) =>
  queryOptions({
    queryKey: ["overview", parameters],
    queryFn: ({ signal }) => read(client.GET("/api/overview", { params: { query: parameters }, signal })),
    placeholderData: keepPreviousData,
  });
