// Questions about tests, failures and comparisons: what to ask, and what to cache for how long.
import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { client, read } from "./client";
import type {
  FailuresParameters,
  Grid,
  GridParameters,
  HistoryParameters,
  RunTestsParameters,
  TestsParameters,
  TrendParameters,
} from "./types";

const pageSize = 50;
const historySize = 100;

function pageOf(limit: number, cursor: string | null): { limit: number; cursor?: string } {
  return cursor ? { limit, cursor } : { limit };
}

/** How a list of tests can be sorted. */
export type TestSort = "failures" | "impact" | "flakiness" | "flips" | "failRate" | "slowness" | "lastFailure" | "name";

/** A search for words may end a page before it has found anything: then the next one is asked as well. */
async function firstFull<Page extends { nextCursor: string | null }>(
  page: (cursor: string | null) => Promise<Page>,
  cursor: string | null,
  isEmpty: (page: Page) => boolean,
): Promise<Page> {
  let answer = await page(cursor);
  while (isEmpty(answer) && answer.nextCursor) answer = await page(answer.nextCursor);
  return answer;
}

/** Pages of a run's tests, failed ones first; reports and failures from logs come with the first page. */
export const runTestsQuery = (runId: number, parameters: RunTestsParameters = {}) =>
  infiniteQueryOptions({
    queryKey: ["run", runId, "tests", parameters],
    queryFn: async ({ signal, pageParam }) => {
      const page = (cursor: string | null) =>
        read(
          client.GET("/api/runs/{id}/tests", {
            params: { path: { id: runId }, query: { ...parameters, ...pageOf(pageSize, cursor) } },
            signal,
          }),
        );
      const first = await page(pageParam);
      if (first.tests.length > 0 || !first.nextCursor) return first;
      const full = await firstFull(page, first.nextCursor, (one) => one.tests.length === 0);
      return { ...full, reports: first.reports, logFailures: first.logFailures };
    },
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.nextCursor,
    placeholderData: keepPreviousData,
  });

/** Pages of tests. */
export const testsQuery = (parameters: TestsParameters) =>
  infiniteQueryOptions({
    queryKey: ["tests", parameters],
    queryFn: ({ signal, pageParam }) =>
      firstFull(
        (cursor) =>
          read(client.GET("/api/tests", { params: { query: { ...parameters, ...pageOf(pageSize, cursor) } }, signal })),
        pageParam,
        (page) => page.tests.length === 0,
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.nextCursor,
    placeholderData: keepPreviousData,
  });

/** One test: its verdict, and pages of its history, newest first. */
export const testQuery = (id: number, parameters: HistoryParameters = {}) =>
  infiniteQueryOptions({
    queryKey: ["test", id, parameters],
    queryFn: ({ signal, pageParam }) =>
      firstFull(
        (cursor) =>
          read(
            client.GET("/api/tests/{id}", {
              params: { path: { id }, query: { ...parameters, ...pageOf(historySize, cursor) } },
              signal,
            }),
          ),
        pageParam,
        (page) => page.history.length === 0,
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.nextCursor,
    placeholderData: keepPreviousData,
  });

/** Pages of failure families. */
export const failuresQuery = (parameters: FailuresParameters) =>
  infiniteQueryOptions({
    queryKey: ["failures", parameters],
    queryFn: ({ signal, pageParam }) =>
      firstFull(
        (cursor) =>
          read(
            client.GET("/api/failures", { params: { query: { ...parameters, ...pageOf(pageSize, cursor) } }, signal }),
          ),
        pageParam,
        (page) => page.failures.length === 0,
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.nextCursor,
    placeholderData: keepPreviousData,
  });

/** One family with its tests and runs. */
export const familyQuery = (id: number) =>
  queryOptions({
    queryKey: ["failures", id],
    queryFn: ({ signal }) => read(client.GET("/api/failures/{id}", { params: { path: { id } }, signal })),
  });

/** Tests × runs of a workflow. */
export const gridQuery = (workflowId: number, parameters: GridParameters) =>
  queryOptions({
    queryKey: ["grid", workflowId, parameters],
    // The client's types forget that a family and its title are a pair.
    queryFn: ({ signal }) =>
      read(
        client.GET("/api/workflows/{id}/grid", { params: { path: { id: workflowId }, query: parameters }, signal }),
      ) as Promise<Grid>,
    placeholderData: keepPreviousData,
  });

/** Figures of a workflow over time. */
export const trendsQuery = (workflowId: number, parameters: TrendParameters) =>
  queryOptions({
    queryKey: ["workflows", workflowId, "trends", parameters],
    queryFn: ({ signal }) =>
      read(
        client.GET("/api/workflows/{id}/trends", { params: { path: { id: workflowId }, query: parameters }, signal }),
      ),
    placeholderData: keepPreviousData,
  });

/** Jobs of a workflow over its newest runs. */
export const workflowJobsQuery = (workflowId: number, parameters: TrendParameters) =>
  queryOptions({
    queryKey: ["workflows", workflowId, "jobs", parameters],
    queryFn: ({ signal }) =>
      read(client.GET("/api/workflows/{id}/jobs", { params: { path: { id: workflowId }, query: parameters }, signal })),
    placeholderData: keepPreviousData,
  });

/** A run beside another one, or beside the last green one. */
export const comparisonQuery = (runId: number, other: number | "lastGreen") =>
  queryOptions({
    queryKey: ["run", runId, "compare", other],
    queryFn: ({ signal }) =>
      read(
        client.GET("/api/runs/{id}/compare", {
          params: { path: { id: runId }, query: { with: String(other) } },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  });
