// What is inside a file: entries of an archive, and the trace where it is one. Bytes never change, so nothing is
// asked twice.
import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { client, read } from "../../api/client";
import type { components } from "../../api/schema";

export type Trace = components["schemas"]["TraceBody"];
export type TraceAction = components["schemas"]["TraceAction"];
export type TraceRequest = components["schemas"]["TraceRequest"];
export type ConsoleMessage = components["schemas"]["TraceConsoleMessage"];
export type Screenshot = components["schemas"]["TraceScreenshot"];
export type StackFrame = components["schemas"]["TraceStackFrame"];
export type EntryPage = components["schemas"]["EntryPage"];
export type InnerEntry = components["schemas"]["InnerEntry"];

/** An archive: a file of an artifact, or an entry of one. */
export interface ArchiveId {
  fileId: string;
  within?: number | undefined;
}

/** Where the bytes of an entry are. */
export function entryUrl({ fileId, within }: ArchiveId, entry: number): string {
  const inside = within === undefined ? "" : `?within=${within}`;
  return `/api/files/${fileId}/entries/${entry}/content${inside}`;
}

/** The same as a download. */
export function downloadUrl(url: string): string {
  return `${url}${url.includes("?") ? "&" : "?"}download=1`;
}

const pageSize = 200;

/** Entries of an archive whose path holds `q`. */
export const entriesQuery = ({ fileId, within }: ArchiveId, q = "") =>
  infiniteQueryOptions({
    queryKey: ["file", fileId, "entries", within ?? null, q],
    queryFn: ({ signal, pageParam }) =>
      read(
        client.GET("/api/files/{id}/entries", {
          params: {
            path: { id: fileId },
            query: { limit: pageSize, ...(q && { q }), ...(within !== undefined && { within }), ...pageParam },
          },
          signal,
        }),
      ),
    initialPageParam: {} as { cursor?: string },
    getNextPageParam: (page) => (page.nextCursor ? { cursor: page.nextCursor } : undefined),
    staleTime: Number.POSITIVE_INFINITY,
    placeholderData: keepPreviousData,
  });

/** The trace that an archive is. */
export const traceQuery = ({ fileId, within }: ArchiveId) =>
  queryOptions({
    queryKey: ["file", fileId, "trace", within ?? null],
    queryFn: ({ signal }) =>
      read(
        client.GET("/api/files/{id}/trace", {
          params: { path: { id: fileId }, query: within === undefined ? {} : { within } },
          signal,
        }),
      ),
    staleTime: Number.POSITIVE_INFINITY,
  });

/** The text of an entry, up to a few megabytes: a source file, say. */
export const entryTextQuery = (url: string) =>
  queryOptions({
    queryKey: ["entry", url],
    queryFn: async ({ signal }) => {
      const response = await fetch(url, { signal });
      if (!response.ok) throw new Error(`The server answered with status ${response.status}.`);
      return response.text();
    },
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 60_000,
  });
