// The one client of the HTTP API: typed calls, errors as sentences, and what to cache for how long.
import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import createClient from "openapi-fetch";
import type { components, paths } from "./schema";
import type {
  FilesParameters,
  LastGreenFile,
  Problem,
  QueueState,
  Refreshed,
  Run,
  RunsParameters,
  Sent,
} from "./types";

/** Typed calls of every endpoint. */
export const client = createClient<paths>({
  baseUrl: window.location.origin,
  // Looked up at each call: what replaces it later (a test, an extension) counts too.
  fetch: (request) => globalThis.fetch(request),
});

/** A request the server refused or could not answer, with its own words where it gave any. */
export class ApiError extends Error {
  override name = "ApiError";
  constructor(
    /** HTTP status; 0 when the server could not be reached at all. */
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/** Turns the body of a refused request into a sentence. */
export function problemText(status: number, body: unknown): string {
  const problem = (typeof body === "object" && body !== null ? body : {}) as Partial<Problem> & { error?: unknown };
  if (typeof problem.error === "string") return problem.error;
  if (problem.detail) return problem.title ? `${problem.title}: ${problem.detail}` : problem.detail;
  return problem.title ?? `The server answered with status ${status}.`;
}

/** The body of an answer; an {@link ApiError} where there is none. */
export async function read<T>(call: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<Sent<T>> {
  let answer: Awaited<typeof call>;
  try {
    answer = await call;
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new ApiError(0, "The server could not be reached.");
  }
  if (answer.data === undefined) {
    throw new ApiError(answer.response.status, problemText(answer.response.status, answer.error));
  }
  return answer.data as Sent<T>;
}

/** True where asking again may help: not for a wrong address or a bad parameter. */
export function retryMayHelp(failures: number, error: unknown): boolean {
  if (error instanceof ApiError && error.status >= 400 && error.status < 500) return false;
  return failures < 2;
}

const pageSize = 50;

/** All workflows, failing first. */
export const workflowsQuery = () =>
  queryOptions({
    queryKey: ["workflows"],
    queryFn: ({ signal }) => read(client.GET("/api/workflows", { signal })),
  });

/** One workflow. */
export const workflowQuery = (id: number) =>
  queryOptions({
    queryKey: ["workflows", id],
    queryFn: ({ signal }) => read(client.GET("/api/workflows/{id}", { params: { path: { id } }, signal })),
  });

function runPage(workflowId: number | null, filters: RunsParameters, cursor: string | null, signal: AbortSignal) {
  const query = { ...filters, limit: pageSize, ...(cursor ? { cursor } : {}) };
  return workflowId === null
    ? read(client.GET("/api/runs", { params: { query }, signal }))
    : read(client.GET("/api/workflows/{id}/runs", { params: { path: { id: workflowId }, query }, signal }));
}

/** Pages of runs, of one workflow or of all; `cursor` is where the first page starts. */
export const runsQuery = (workflowId: number | null, filters: RunsParameters, cursor?: string) =>
  infiniteQueryOptions({
    queryKey: ["runs", workflowId, filters, cursor ?? null],
    queryFn: async ({ signal, pageParam }) => {
      let page = await runPage(workflowId, filters, pageParam, signal);
      // A search for words ends a page after so many runs looked through; one that found nothing is not worth showing.
      while (page.runs.length === 0 && page.nextCursor) {
        page = await runPage(workflowId, filters, page.nextCursor, signal);
      }
      return page;
    },
    initialPageParam: cursor ?? null,
    getNextPageParam: (last) => last.nextCursor,
    placeholderData: keepPreviousData,
  });

/** One run with its attempts and artifacts. */
export const runQuery = (id: number) =>
  queryOptions({
    queryKey: ["run", id],
    queryFn: ({ signal }) => read(client.GET("/api/runs/{id}", { params: { path: { id } }, signal })),
  });

/** The jobs of one attempt; of the newest where none is named. */
export const jobsQuery = (runId: number, attempt?: number) =>
  queryOptions({
    queryKey: ["run", runId, "jobs", attempt ?? null],
    queryFn: async ({ signal }) => {
      const query = attempt === undefined ? {} : { attempt };
      return (await read(client.GET("/api/runs/{id}/jobs", { params: { path: { id: runId }, query }, signal }))).jobs;
    },
  });

/** Pages of a run's files. */
export const filesQuery = (runId: number, filters: FilesParameters = {}) =>
  infiniteQueryOptions({
    queryKey: ["run", runId, "files", filters],
    queryFn: ({ signal, pageParam }) => {
      const query = { ...filters, limit: 100, ...(pageParam ? { cursor: pageParam } : {}) };
      return read(client.GET("/api/runs/{id}/files", { params: { path: { id: runId }, query }, signal }));
    },
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.nextCursor,
    // They change only as artifacts arrive, and that comes with an event.
    staleTime: 5 * 60_000,
  });

/** What is known about one file; its bytes never change. */
export const fileQuery = (id: string) =>
  queryOptions({
    queryKey: ["file", id],
    queryFn: ({ signal }) => read(client.GET("/api/files/{id}", { params: { path: { id } }, signal })),
    staleTime: Number.POSITIVE_INFINITY,
  });

/** The address under which an HTML report opens in its sandbox; asked again before it expires. */
export const viewUrlQuery = (id: string) =>
  queryOptions({
    queryKey: ["file", id, "view-url"],
    queryFn: ({ signal }) => read(client.GET("/api/files/{id}/view-url", { params: { path: { id } }, signal })),
    staleTime: 5 * 60_000,
    refetchOnMount: "always",
  });

/** The same file in the last green run before its own. */
export const lastGreenQuery = (id: string) =>
  queryOptions({
    queryKey: ["file", id, "last-green"],
    queryFn: async ({ signal }) =>
      (await read(client.GET("/api/files/{id}/last-green", { params: { path: { id } }, signal }))) as LastGreenFile,
    staleTime: 5 * 60_000,
  });

/** What the collector is doing. */
export const syncQuery = () =>
  queryOptions({
    queryKey: ["sync"],
    queryFn: ({ signal }) => read(client.GET("/api/sync", { signal })),
    // Events renew it too; this keeps "next poll" honest where they do not arrive.
    refetchInterval: (query) => (query.state.data?.state === "operational" ? 30_000 : 5_000),
  });

/** Pages of the queue, in one state or all. */
export const queueQuery = (state?: QueueState) =>
  infiniteQueryOptions({
    // Below "sync", so that whatever makes the collector's state stale concerns the queue, too.
    queryKey: ["sync", "queue", state ?? null],
    queryFn: ({ signal, pageParam }) => {
      const query = { ...(state ? { state } : {}), ...(pageParam ? { cursor: pageParam } : {}) };
      return read(client.GET("/api/sync/queue", { params: { query }, signal }));
    },
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.nextCursor,
    placeholderData: keepPreviousData,
    refetchInterval: 5_000,
  });

/** Tries one failed item again, or all of them. */
export function retry(item?: { kind: string; id: number }): Promise<{ retried: number }> {
  return read(client.POST("/api/sync/retry", { params: { query: item ?? {} } }));
}

/** How the installation is; looked at again and again while it is shown. */
export const healthQuery = () =>
  queryOptions({
    queryKey: ["health"],
    queryFn: ({ signal }) => read(client.GET("/api/health", { signal })),
    refetchInterval: 10_000,
  });

/** Asks GitHub now; answers when everything new is here. */
export function refresh(): Promise<Refreshed> {
  return read(client.POST("/api/refresh"));
}

/** Where the exact bytes of a job's log are. */
export const jobLogUrl = (jobId: number) => `/api/jobs/${jobId}/log`;

/** Where things are in a log: steps, groups, marked lines. */
export type LineIndex = components["schemas"]["LineIndex"];

/** Where things are in a job's log, which never changes once it is there. */
export const logIndexQuery = (jobId: number) =>
  queryOptions({
    queryKey: ["job", jobId, "log-index"],
    queryFn: ({ signal }) => read(client.GET("/api/jobs/{id}/log/index", { params: { path: { id: jobId } }, signal })),
    staleTime: Number.POSITIVE_INFINITY,
  });

/** Where an artifact's archive can be downloaded as GitHub served it. */
export const artifactZipUrl = (artifactId: number) => `/api/artifacts/${artifactId}/zip`;

/** All rows of the pages loaded so far. */
export function runsOf(pages: { runs: Run[] }[] | undefined): Run[] {
  return pages?.flatMap((page) => page.runs) ?? [];
}
