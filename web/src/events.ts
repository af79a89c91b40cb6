// Live updates: one event stream that says what changed, polling where it fails. Events carry no data into the
// pages; they only make the queries they concern stale.
import type { QueryClient } from "@tanstack/react-query";
import { useSyncExternalStore } from "react";

/** How changes reach this tab: by events, by polling, or not at all. */
export type Connection = "live" | "polling" | "offline";

const graceMs = 4_000;
const pollMs = 10_000;
const gatherMs = 400;

const concerns: Record<string, string[]> = {
  sync: ["sync"],
  run: ["runs", "run", "workflows"],
  artifact: ["runs", "run"],
  workflow: ["workflows"],
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

/** True where the query key is touched by an event about the run with this id (null: about any run). */
export function isConcerned(kind: string, runId: number | null, key: readonly unknown[]): boolean {
  const roots = concerns[kind];
  if (!roots?.includes(String(key[0]))) return false;
  return key[0] !== "run" || runId === null || key[1] === runId;
}

/** The run an event names, null where it names none. */
export function runIdOf(kind: string, data: string): number | null {
  try {
    const body: unknown = JSON.parse(data);
    if (typeof body !== "object" || body === null) return null;
    const { runId, id } = body as { runId?: unknown; id?: unknown };
    if (typeof runId === "number") return runId;
    return kind === "run" && typeof id === "number" ? id : null;
  } catch {
    return null;
  }
}

/** Starts listening; returns the function that stops it. */
export function listen(queries: QueryClient): () => void {
  let source: EventSource | null = null;
  let poll: ReturnType<typeof setInterval> | undefined;
  let grace: ReturnType<typeof setTimeout> | undefined;
  let gather: ReturnType<typeof setTimeout> | undefined;
  const gathered = new Map<string, { kind: string; runId: number | null }>();

  function flush(): void {
    gather = undefined;
    const changes = [...gathered.values()];
    gathered.clear();
    void queries.invalidateQueries({
      predicate: (query) => changes.some(({ kind, runId }) => isConcerned(kind, runId, query.queryKey)),
    });
  }

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
      await queries.invalidateQueries({ predicate: (query) => query.queryKey[0] !== "file" });
      if (source?.readyState === EventSource.CLOSED) open();
    } catch {
      setConnection("offline");
    }
  }

  function open(): void {
    source?.close();
    const opened = new EventSource("/api/events");
    source = opened;
    let seenBefore = connection === "live" && queries.getQueryCache().getAll().length === 0;
    opened.onopen = () => {
      stopPolling();
      setConnection("live");
      // What happened while nobody listened is unknown, so everything is asked again.
      if (seenBefore) seenBefore = false;
      else void queries.invalidateQueries({ predicate: (query) => query.queryKey[0] !== "file" });
    };
    opened.onerror = () => {
      if (grace || poll) return;
      grace = setTimeout(() => {
        grace = undefined;
        void pollOnce();
        poll = setInterval(() => void pollOnce(), pollMs);
      }, graceMs);
    };
    for (const kind of Object.keys(concerns)) {
      opened.addEventListener(kind, (event) => {
        const runId = runIdOf(kind, (event as MessageEvent<string>).data);
        gathered.set(`${kind} ${runId}`, { kind, runId });
        gather ??= setTimeout(flush, gatherMs);
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
    clearTimeout(gather);
  };
}
