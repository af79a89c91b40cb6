// Loads a text into a LogText and tells React about it a few times a second while it arrives.

import { useCallback, useEffect, useRef, useState } from "react";
import { type LogSyntax, LogText } from "./logText";
import type { Numbering } from "./pane";
import { readWhole, WHOLE_LIMIT_BYTES, WindowedText } from "./source";

/** How often the view hears of new lines while they arrive. */
const TELL_EVERY_MS = 120;

/** How far loading has got. */
export type LoadPhase = "loading" | "ready" | "failed";

/** What is here of a text. `log` keeps its identity while it grows; `version` changes whenever it has. */
export interface LoadedLog {
  log: LogText;
  version: number;
  phase: LoadPhase;
  error: unknown;
  receivedBytes: number;
  totalBytes: number | null;
  numbering: Numbering;
  /** Set where the text is too large to be held whole. */
  window: { index: number; count: number } | null;
}

const WHOLE: Numbering = { first: 1, linesToEnd: null };

/** Loads `url`; `knownBytes` saves a request where the size is known to be over the limit. */
export function useLogText(url: string, syntax: LogSyntax, knownBytes: number | null) {
  const [attempt, setAttempt] = useState(0);
  const [state, setState] = useState<LoadedLog>(() => initial(syntax));
  const windowed = useRef<WindowedText | null>(null);
  const running = useRef<AbortController | null>(null);

  /** Runs one load at a time; a new one ends the one before. */
  const run = useCallback((work: (signal: AbortSignal) => Promise<void>) => {
    running.current?.abort();
    const controller = new AbortController();
    running.current = controller;
    work(controller.signal).catch((error: unknown) => {
      if (!controller.signal.aborted) setState((before) => ({ ...before, phase: "failed", error }));
    });
    return () => controller.abort();
  }, []);

  const openWindow = useCallback(
    (wanted: number | "last", findLine?: number) =>
      run(async (signal) => {
        setState((before) => ({ ...before, phase: "loading", error: null }));
        windowed.current ??= await WindowedText.open(url, signal);
        const text = windowed.current;
        let index = wanted === "last" ? text.count - 1 : wanted;
        let window = await text.read(index, signal);
        // Lines can be counted only by reading what precedes them.
        while (findLine !== undefined && index + 1 < text.count && (text.firstLine(index + 1) ?? Infinity) < findLine) {
          index++;
          window = await text.read(index, signal);
        }
        const log = new LogText(syntax, window.bytes.length);
        log.append(window.bytes);
        log.finish();
        const first = text.firstLine(index);
        setState((before) => ({
          log,
          version: before.version + 1,
          phase: "ready",
          error: null,
          receivedBytes: window.bytes.length,
          totalBytes: text.totalBytes,
          numbering: { first: first === null ? null : first + 1, linesToEnd: text.linesToEnd(index) },
          window: { index, count: text.count },
        }));
      }),
    [run, url, syntax],
  );

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new attempt is a new load.
  useEffect(() => {
    const log = new LogText(syntax);
    windowed.current = null;
    setState({ ...initial(syntax), log });
    if (knownBytes !== null && knownBytes > WHOLE_LIMIT_BYTES) return openWindow(0);
    return run((signal) =>
      loadWhole(url, log, knownBytes, signal, setState).then((fits) => {
        if (!fits) openWindow(0);
      }),
    );
  }, [url, syntax, knownBytes, attempt, run, openWindow]);

  const retry = useCallback(() => setAttempt((before) => before + 1), []);
  return { loaded: state, openWindow, retry };
}

function initial(syntax: LogSyntax): LoadedLog {
  return {
    log: new LogText(syntax),
    version: 0,
    phase: "loading",
    error: null,
    receivedBytes: 0,
    totalBytes: null,
    numbering: WHOLE,
    window: null,
  };
}

async function loadWhole(
  url: string,
  log: LogText,
  knownBytes: number | null,
  signal: AbortSignal,
  setState: (change: (before: LoadedLog) => LoadedLog) => void,
): Promise<boolean> {
  let told = performance.now();
  const tell = (phase: LoadPhase, totalBytes: number | null) =>
    setState((before) => ({
      ...before,
      version: before.version + 1,
      phase,
      receivedBytes: log.byteLength,
      totalBytes,
    }));
  const fits = await readWhole(url, WHOLE_LIMIT_BYTES, signal, (chunk, total) => {
    log.append(chunk);
    if (performance.now() - told > TELL_EVERY_MS) {
      told = performance.now();
      // A compressed answer has no length of its own.
      tell("loading", total ?? knownBytes);
    }
  });
  if (!fits) return false;
  log.finish();
  tell("ready", log.byteLength);
  return true;
}
