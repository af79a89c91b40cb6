// What a bar stands for, beside it: shown while the bar has the pointer or the focus.
import { useQuery } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { runQuery } from "../../api/client";
import { formatDuration } from "../../format";
import { Name, Time } from "../../ui";
import { type Bar, letterWords } from "./model";

/** A bar that is looked at, and where it is in the window. */
export interface Pointed {
  bar: Bar;
  at: { left: number; top: number; bottom: number };
}

const cardWidth = 300;
const patienceMs = 140;

/** The bar looked at; it is let go a moment later, so that the pointer can reach the card. */
export function usePointed() {
  const [pointed, setPointed] = useState<Pointed | null>(null);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  return {
    pointed,
    point(next: Pointed): void {
      clearTimeout(timer.current);
      setPointed(next);
    },
    stay: () => clearTimeout(timer.current),
    leave(): void {
      clearTimeout(timer.current);
      timer.current = setTimeout(() => setPointed(null), patienceMs);
    },
    hide(): void {
      clearTimeout(timer.current);
      setPointed(null);
    },
  };
}

const letterColours: Record<string, string> = {
  P: "text-pass-text",
  F: "text-fail-text",
  L: "text-flaky-text",
  A: "text-flaky-text",
  R: "text-running-text",
};

/** The card. */
export function RunCard({ pointed, onEnter, onLeave }: { pointed: Pointed; onEnter: () => void; onLeave: () => void }) {
  const { bar, at } = pointed;
  const { data: run } = useQuery({ ...runQuery(bar.id), staleTime: 60_000 });
  const isLow = at.bottom + 130 > window.innerHeight;
  const left = Math.max(8, Math.min(at.left - cardWidth / 2, window.innerWidth - cardWidth - 8));
  const place = isLow ? { bottom: window.innerHeight - at.top + 4 } : { top: at.bottom + 4 };
  return (
    <div
      role="tooltip"
      onPointerEnter={onEnter}
      onPointerLeave={onLeave}
      className="fixed z-40 rounded-lg border border-line bg-panel px-3 py-2 text-sm shadow-lg"
      style={{ width: Math.min(cardWidth, window.innerWidth - 16), left, ...place }}
    >
      <div className="flex items-baseline gap-2">
        <span className="font-semibold">#{bar.number}</span>
        <span className={`font-medium ${letterColours[bar.letter] ?? "text-muted"}`}>{letterWords[bar.letter]}</span>
        {bar.durationMs !== null && <span className="text-muted">{formatDuration(bar.durationMs)}</span>}
        {run && (
          <span className="ml-auto text-faint">
            <Time at={run.createdAt} />
          </span>
        )}
      </div>
      <div className="mt-0.5 line-clamp-2 min-h-[18px] break-words">{run ? <Name>{run.title}</Name> : "…"}</div>
      <div className="mt-0.5 truncate text-faint">
        {run ? (
          <>
            <span className="font-mono text-xs">{run.headSha.slice(0, 7)}</span> <Name>{run.commit.author}</Name>
            {" · "}
            <Name>{run.branch}</Name>
          </>
        ) : (
          "…"
        )}
      </div>
    </div>
  );
}
