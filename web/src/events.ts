// Live updates: one event stream that says what changed, polling where it fails. Events name what has
// changed and make the queries they concern stale; only the collector's state comes whole.
import type { QueryClient } from "@tanstack/react-query";
import { useSyncExternalStore } from "react";
import type { SyncStatus } from "./api/types";

/** How changes reach this tab: by events, by polling, or not at all. */
export type Connection = "live" | "polling" | "offline";

const graceMs = 4_000;
const pollMs = 10_000;
const gatherMs = 700;

/** History is worked out over many runs: while much arrives, it is asked again less often. */
const historyGatherMs = 4_000;
const history = ["tests", "test", "failures", "grid", "overview"];

const concerns: Record<string, string[]> = {
  run: ["runs", "run", "workflows", ...history],
  // What its reports say comes with an artifact.
  artifact: ["runs", "run", "workflows", ...history],
  workflow: ["workflows", "overview"],
};

let connection: Connection = "live";
const listeners = new Set<() => void>();

function setConnection(next: Connection): void {
  if (next === connection) return;
  connection = next;
  for (const tell of listeners) tell();
}

/** The state of the connection, renewed when it changes. */
export function useConnection(): Connection {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => connection,
  );
}

/** True where the query key is touched by an event about these runs (null: about any run). */
export function isConcerned(kind: string, runIds: number[] | null, key: readonly unknown[]): boolean {
  const roots = concerns[kind];
  if (!roots?.includes(String(key[0]))) return false;
  return key[0] !== "run" || runIds === null || runIds.includes(Number(key[1]));
}

/** The runs an event names, null where it names none. */
export function runIdsOf(kind: string, data: unknown): number[] | null {
  if (typeof data !== "object" || data === null) return null;
  const { ids, runIds } = data as { ids?: unknown; runIds?: unknown };
  const found = kind === "run" ? ids : runIds;
  return Array.isArray(found) ? found.filter((id): id is number => typeof id === "number") : null;
}

function isSyncStatus(data: unknown): data is SyncStatus {
  return typeof data === "object" && data !== null && "state" in data;
}

function read(event: Event): unknown {
  try {
    return JSON.parse((event as MessageEvent<string>).data);
  } catch {
    return null;
  }
}

const isChangeable = (query: { queryKey: readonly unknown[] }) => query.queryKey[0] !== "file";

/** Gathers what events say for a while, then makes stale what they concern among the queries that `isMine`. */
function gatherer(queries: QueryClient, waitMs: number, isMine: (key: readonly unknown[]) => boolean) {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let gathered: { kind: string; runIds: number[] | null }[] = [];
  function flush(): void {
    timer = undefined;
    const changes = gathered;
    gathered = [];
    void queries.invalidateQueries({
      predicate: ({ queryKey }) =>
        isMine(queryKey) && changes.some(({ kind, runIds }) => isConcerned(kind, runIds, queryKey)),
    });
  }
  return {
    add(kind: string, runIds: number[] | null): void {
      gathered.push({ kind, runIds });
      timer ??= setTimeout(flush, waitMs);
    },
    stop: () => clearTimeout(timer),
  };
}

/** Starts listening; returns the function that stops it. */
export function listen(queries: QueryClient): () => void {
  let source: EventSource | null = null;
  let hasBeenOpen = false;
  let poll: ReturnType<typeof setInterval> | undefined;
  let grace: ReturnType<typeof setTimeout> | undefined;
  const isHistory = (key: readonly unknown[]) => history.includes(String(key[0]));
  const quick = gatherer(queries, gatherMs, (key) => !isHistory(key));
  const slow = gatherer(queries, historyGatherMs, isHistory);

  function stopPolling(): void {
    clearTimeout(grace);
    clearInterval(poll);
    grace = undefined;
    poll = undefined;
  }

  async function pollOnce(): Promise<void> {
    try {
      const answer = await fetch("/healthz", { cache: "no-store" });
      if (!answer.ok) throw new Error(`status ${answer.status}`);
      setConnection("polling");
      await queries.invalidateQueries({ predicate: isChangeable });
      if (source?.readyState === EventSource.CLOSED) open();
    } catch {
      setConnection("offline");
    }
  }

  function open(): void {
    source?.close();
    const opened = new EventSource("/api/events");
    source = opened;
    opened.onopen = () => {
      stopPolling();
      setConnection("live");
      // What happened while nobody listened is unknown, so everything is asked again.
      if (hasBeenOpen) void queries.invalidateQueries({ predicate: isChangeable });
      hasBeenOpen = true;
    };
    opened.onerror = () => {
      if (grace || poll) return;
      grace = setTimeout(() => {
        grace = undefined;
        void pollOnce();
        poll = setInterval(() => void pollOnce(), pollMs);
      }, graceMs);
    };
    opened.addEventListener("sync", (event) => {
      const status = read(event);
      if (isSyncStatus(status)) queries.setQueryData(["sync"], status);
    });
    opened.addEventListener("resync", () => void queries.invalidateQueries({ predicate: isChangeable }));
    for (const kind of Object.keys(concerns)) {
      opened.addEventListener(kind, (event) => {
        const runIds = runIdsOf(kind, read(event));
        quick.add(kind, runIds);
        slow.add(kind, runIds);
      });
    }
  }

  // A browser allows six connections to one host, and a stream holds one: hidden tabs give theirs back.
  function onVisibility(): void {
    if (document.visibilityState === "visible") open();
    else {
      source?.close();
      source = null;
      stopPolling();
    }
  }

  document.addEventListener("visibilitychange", onVisibility);
  if (document.visibilityState === "visible") open();
  return () => {
    document.removeEventListener("visibilitychange", onVisibility);
    source?.close();
    stopPolling();
    quick.stop();
    slow.stop();
  };
}
