import { QueryClient } from "@tanstack/react-query";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { isConcerned, listen, runIdsOf } from "./events";

class Source extends EventTarget {
  static CLOSED = 2;
  static last: Source;
  readyState = 0;
  onopen: (() => void) | null = null;
  onerror: (() => void) | null = null;
  constructor(readonly url: string) {
    super();
    Source.last = this;
  }
  close(): void {
    this.readyState = 2;
  }
  say(kind: string, data: string): void {
    this.dispatchEvent(new MessageEvent(kind, { data }));
  }
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("EventSource", Source);
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function watched(): { queries: QueryClient; asked: () => unknown[] } {
  const queries = new QueryClient();
  queries.setQueryData(["run", 1], {});
  queries.setQueryData(["run", 2], {});
  queries.setQueryData(["runs", null, {}, null], {});
  queries.setQueryData(["file", "5.0"], {});
  const asked = () =>
    queries
      .getQueryCache()
      .getAll()
      .filter((query) => query.state.isInvalidated)
      .map((query) => query.queryKey.slice(0, 2));
  return { queries, asked };
}

test("an event makes stale what it concerns and nothing else", () => {
  const { queries, asked } = watched();
  const stop = listen(queries);
  Source.last.say("run", '{"ids":[1]}');
  vi.advanceTimersByTime(1000);
  expect(asked()).toEqual([
    ["run", 1],
    ["runs", null],
  ]);
  stop();
  expect(Source.last.readyState).toBe(2);
});

test("when the stream stays broken, the pages are asked again by polling; files never change", async () => {
  const { queries, asked } = watched();
  const health = vi.fn(async () => new Response("ok"));
  vi.stubGlobal("fetch", health);
  const stop = listen(queries);
  Source.last.onerror?.();
  await vi.advanceTimersByTimeAsync(4_100);
  expect(health).toHaveBeenCalledTimes(1);
  expect(asked()).toContainEqual(["run", 2]);
  expect(asked()).not.toContainEqual(["file", "5.0"]);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(health).toHaveBeenCalledTimes(2);
  Source.last.onopen?.();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(health).toHaveBeenCalledTimes(2);
  stop();
});

test("the collector's state comes whole with its event", () => {
  const { queries } = watched();
  const stop = listen(queries);
  Source.last.say("sync", '{"state":"initial","pending":3}');
  Source.last.say("sync", "broken");
  expect(queries.getQueryData(["sync"])).toEqual({ state: "initial", pending: 3 });
  stop();
});

test("a gap in the stream makes everything stale but files", () => {
  const { queries, asked } = watched();
  const stop = listen(queries);
  Source.last.say("resync", "{}");
  expect(asked()).toEqual([
    ["run", 1],
    ["run", 2],
    ["runs", null],
  ]);
  stop();
});

test("the runs an event names", () => {
  expect(runIdsOf("run", { ids: [7, 8] })).toEqual([7, 8]);
  expect(runIdsOf("artifact", { ids: [9], runIds: [7] })).toEqual([7]);
  expect(runIdsOf("artifact", { ids: [9] })).toBeNull();
  expect(runIdsOf("run", null)).toBeNull();
});

test("an event that names no run concerns all of them", () => {
  expect(isConcerned("artifact", null, ["run", 3, "files", {}])).toBe(true);
  expect(isConcerned("artifact", [4], ["run", 3])).toBe(false);
  expect(isConcerned("workflow", null, ["run", 3])).toBe(false);
});

test.each(["run", "artifact"])("an event about a %s makes the history of tests stale", (kind) => {
  for (const root of ["tests", "test", "failures", "grid"]) expect(isConcerned(kind, [1], [root, 9])).toBe(true);
  expect(isConcerned(kind, [1], ["run", 1, "tests", {}])).toBe(true);
  expect(isConcerned(kind, [1], ["run", 2, "tests", {}])).toBe(false);
});

test("while much arrives, the history of tests is asked again less often than the runs", () => {
  const { queries, asked } = watched();
  queries.setQueryData(["tests", {}], {});
  const stop = listen(queries);
  Source.last.say("artifact", '{"runIds":[1]}');
  vi.advanceTimersByTime(1000);
  expect(asked()).not.toContainEqual(["tests", {}]);
  expect(asked()).toContainEqual(["run", 1]);
  vi.advanceTimersByTime(4000);
  expect(asked()).toContainEqual(["tests", {}]);
  stop();
});
