// Loads a text and tells React about it a few times a second while it arrives: whole up to a limit, above it by
// windows of lines.

import { useCallback, useEffect, useState } from "react";
import { lineApi, readIndex, readLines } from "./lineApi";
import type { LogLines } from "./logLines";
import { type LogSyntax, LogText } from "./logText";
import { readWhole, WHOLE_LIMIT_BYTES } from "./source";
import { WindowedLog } from "./windowedLog";

/** How often the view hears of new lines while they arrive. */
const TELL_EVERY_MS = 120;

/** How far loading has got. */
export type LoadPhase = "loading" | "ready" | "failed";

/** What is here of a text. `log` keeps its identity while it grows; `version` changes whenever it has. */
export interface LoadedLog {
  log: LogLines;
  version: number;
  phase: LoadPhase;
  error: unknown;
  receivedBytes: number;
  totalBytes: number | null;
}

type Tell = (change: (before: LoadedLog) => LoadedLog) => void;

/** Loads `url`; `knownBytes` saves a request where the size is known to be over the limit. */
export function useLogText(url: string, syntax: LogSyntax, knownBytes: number | null) {
  const [attempt, setAttempt] = useState(0);
  const [state, setState] = useState<LoadedLog>(() => initial(new LogText(syntax)));

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new attempt is a new load.
  useEffect(() => {
    const controller = new AbortController();
    let windowed: WindowedLog | null = null;
    const load = async () => {
      const log = new LogText(syntax);
      setState(initial(log));
      const fits =
        (knownBytes ?? 0) <= WHOLE_LIMIT_BYTES && (await loadWhole(url, log, knownBytes, controller.signal, setState));
      if (!fits) windowed = await openWindowed(url, controller.signal, setState);
      // Left in the meantime: nobody will close it.
      if (controller.signal.aborted) windowed?.close();
    };
    load().catch((error: unknown) => {
      if (!controller.signal.aborted) setState((before) => ({ ...before, phase: "failed", error }));
    });
    return () => {
      controller.abort();
      windowed?.close();
    };
  }, [url, syntax, knownBytes, attempt]);

  const retry = useCallback(() => setAttempt((before) => before + 1), []);
  return { loaded: state, retry };
}

function initial(log: LogLines): LoadedLog {
  return { log, version: 0, phase: "loading", error: null, receivedBytes: 0, totalBytes: null };
}

/** Opens a large text by its index. */
async function openWindowed(url: string, signal: AbortSignal, tell: Tell): Promise<WindowedLog> {
  const api = lineApi(url);
  if (!api) throw new Error("This text is too large to be shown here.");
  const index = await readIndex(api, signal);
  const log = new WindowedLog(
    index,
    (from, count, stop) => readLines(api, from, count, stop),
    (error) => {
      if (signal.aborted) return;
      tell((before) => ({ ...before, version: before.version + 1, phase: error ? "failed" : "ready", error }));
    },
  );
  tell((before) => ({
    log,
    version: before.version + 1,
    phase: "ready",
    error: null,
    receivedBytes: index.sizeBytes,
    totalBytes: index.sizeBytes,
  }));
  return log;
}

async function loadWhole(
  url: string,
  log: LogText,
  knownBytes: number | null,
  signal: AbortSignal,
  tell: Tell,
): Promise<boolean> {
  let told = 0;
  let received = 0;
  let totalBytes = knownBytes;
  const fits = await readWhole(url, WHOLE_LIMIT_BYTES, signal, (chunk, total, encoding) => {
    log.append(chunk);
    log.encoding = encoding;
    received += chunk.length;
    totalBytes ??= total;
    const now = performance.now();
    if (now - told < TELL_EVERY_MS) return;
    told = now;
    tell((before) => ({ ...before, version: before.version + 1, receivedBytes: received, totalBytes }));
  });
  if (!fits) return false;
  log.finish();
  tell((before) => ({
    ...before,
    version: before.version + 1,
    phase: "ready",
    receivedBytes: received,
    totalBytes: received,
  }));
  return true;
}
