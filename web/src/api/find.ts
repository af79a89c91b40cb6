// Questions to the search.
import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { client, read } from "./client";
import type { FoundType } from "./types";

/** What the palette shows of one type. */
const few = 5;
/** What a page of one type shows. */
const many = 30;

/** The best of every type for words, and what they name exactly. */
export const searchQuery = (q: string, limit = few) =>
  queryOptions({
    queryKey: ["search", q, limit],
    queryFn: ({ signal }) => read(client.GET("/api/search", { params: { query: { q, limit } }, signal })),
    placeholderData: keepPreviousData,
    staleTime: 30_000,
  });

/** Pages of one type. */
export const searchOfTypeQuery = (q: string, type: FoundType) =>
  infiniteQueryOptions({
    queryKey: ["search", q, "of", type],
    queryFn: async ({ signal, pageParam }) => {
      const query = { q, types: type, limit: many, ...(pageParam ? { cursor: pageParam } : {}) };
      const { groups } = await read(client.GET("/api/search", { params: { query }, signal }));
      return groups[0] ?? { type, items: [], more: false, nextCursor: null };
    },
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.nextCursor,
    placeholderData: keepPreviousData,
  });

/** What an address of GitHub leads to. Asked anew each time: what was missing may have been mirrored since. */
export const addressQuery = (address: string) =>
  queryOptions({
    queryKey: ["search", "address", address],
    queryFn: ({ signal }) =>
      read(client.GET("/api/search", { params: { query: { q: address, types: "runs", limit: 1 } }, signal })),
    gcTime: 0,
  });
