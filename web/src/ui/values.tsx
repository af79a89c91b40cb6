// Times, durations, sizes and hostile names, each shown one way everywhere.
import { useSyncExternalStore } from "react";
import { formatAbsolute, formatBytes, formatDuration, formatRelative } from "../format";

const listeners = new Set<() => void>();
let nowMs = Date.now();
let timer: ReturnType<typeof setInterval> | undefined;

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(() => {
    nowMs = Date.now();
    for (const tell of listeners) tell();
  }, 10_000);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) {
      clearInterval(timer);
      timer = undefined;
    }
  };
}

/** The present moment, renewed every ten seconds for all who show ages. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, () => nowMs);
}

/** A moment as an age, with the full time on hover. */
export function Time({ at }: { at: string }) {
  const now = Math.max(useNow(), Date.now() - 10_000);
  return (
    <time dateTime={at} title={formatAbsolute(at)} className="whitespace-nowrap">
      {formatRelative(at, now)}
    </time>
  );
}

/** A duration, or a dash where there is none yet. */
export function Duration({ ms }: { ms: number | null | undefined }) {
  if (ms === null || ms === undefined) return <span title="not known yet">–</span>;
  return <span className="whitespace-nowrap">{formatDuration(ms)}</span>;
}

/** A size in bytes, with the exact number on hover. */
export function Bytes({ bytes }: { bytes: number }) {
  return (
    <span title={`${bytes.toLocaleString("en")} bytes`} className="whitespace-nowrap">
      {formatBytes(bytes)}
    </span>
  );
}

// Control characters, and the marks that reorder or hide text.
const invisible = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** A name with every control and reordering character written out as its code point. */
export function visibleName(name: string): string {
  return name.replace(invisible, (char) => {
    const code = char.codePointAt(0) ?? 0;
    return `\u27e8${code.toString(16).toUpperCase().padStart(4, "0")}\u27e9`;
  });
}

/** A name somebody else chose: isolated from the text around it, nothing hidden in it. */
export function Name({ children }: { children: string }) {
  return <bdi>{visibleName(children)}</bdi>;
}
