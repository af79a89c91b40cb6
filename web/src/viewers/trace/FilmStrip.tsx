// Screenshots along the time of the trace, actions below them, and a cursor that is moved by pointer or arrow keys.
import { type KeyboardEvent, type MouseEvent, useEffect, useRef, useState } from "react";
import { type ArchiveId, entryUrl, type Trace } from "../archive/queries";
import { clock, endOf, filmOf, type Row } from "./model";

const THUMB_PX = 104;

interface Props {
  trace: Trace;
  archive: ArchiveId;
  rows: Row[];
  timeMs: number;
  chosen: number | null;
  onTime: (ms: number) => void;
}

/** The strip. */
export function FilmStrip({ trace, archive, rows, timeMs, chosen, onTime }: Props) {
  const ref = useRef<HTMLDivElement>(null);
  const width = useWidth(ref);
  const durationMs = Math.max(trace.durationMs, 1);
  const film = filmOf(trace.frames, durationMs, Math.max(3, Math.floor(width / THUMB_PX)));
  const percent = (ms: number) => `${Math.min(Math.max((ms / durationMs) * 100, 0), 100)}%`;

  const onPointer = (event: MouseEvent<HTMLDivElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    onTime(((event.clientX - box.left) / box.width) * durationMs);
  };
  const onKey = (event: KeyboardEvent) => {
    const next = nextTime(event.key, timeMs, trace, durationMs);
    if (next === null) return;
    event.preventDefault();
    event.stopPropagation();
    onTime(next);
  };
  const action = chosen === null ? undefined : trace.actions[chosen];

  return (
    <div
      ref={ref}
      role="slider"
      tabIndex={0}
      aria-label="Time in the trace"
      aria-valuemin={0}
      aria-valuemax={Math.round(durationMs)}
      aria-valuenow={Math.round(timeMs)}
      aria-valuetext={`${clock(timeMs)} of ${clock(durationMs)}${action ? `, ${action.title}` : ""}`}
      className="trace-strip"
      onClick={onPointer}
      onKeyDown={onKey}
    >
      {film.length > 0 && (
        <div className="trace-film" aria-hidden>
          {film.map((frame, at) => (
            <img
              // biome-ignore lint/suspicious/noArrayIndexKey: the same screenshot may stand in several places.
              key={at}
              src={entryUrl(archive, frame.entry)}
              alt=""
              loading="lazy"
              decoding="async"
              draggable={false}
            />
          ))}
        </div>
      )}
      <div className="trace-lanes" aria-hidden>
        {rows
          .filter((row) => !row.hasChildren || row.action.error != null)
          .map(({ index, action: one }) => (
            <span
              key={index}
              className={one.error ? "trace-mark is-failed" : "trace-mark"}
              style={{
                left: percent(one.startMs),
                width: `max(2px, ${percent(endOf(one, durationMs) - one.startMs)})`,
              }}
            />
          ))}
      </div>
      {action && (
        <span
          aria-hidden
          className="trace-range"
          style={{
            left: percent(action.startMs),
            width: `max(2px, ${percent(endOf(action, durationMs) - action.startMs)})`,
          }}
        />
      )}
      <span aria-hidden className="trace-cursor" style={{ left: percent(timeMs) }} />
      <div className="trace-times" aria-hidden>
        <span>0</span>
        <span>{clock(durationMs / 2)}</span>
        <span>{clock(durationMs)}</span>
      </div>
    </div>
  );
}

/** Where an arrow key leads: to the next screenshot, or the next tenth of the trace where there is none. */
function nextTime(key: string, timeMs: number, trace: Trace, durationMs: number): number | null {
  const tenth = durationMs / 10;
  // The address holds whole milliseconds, so a step must be at least one.
  if (key === "ArrowRight")
    return trace.frames.find((frame) => frame.timeMs > timeMs + 1)?.timeMs ?? Math.min(timeMs + tenth, durationMs);
  if (key === "ArrowLeft")
    return trace.frames.findLast((frame) => frame.timeMs < timeMs - 1)?.timeMs ?? Math.max(timeMs - tenth, 0);
  if (key === "Home") return 0;
  if (key === "End") return durationMs;
  return null;
}

function useWidth(ref: { current: HTMLElement | null }): number {
  const [width, setWidth] = useState(1_000);
  useEffect(() => {
    const element = ref.current;
    if (!element || typeof ResizeObserver === "undefined") return;
    const observer = new ResizeObserver(([entry]) => entry && setWidth(entry.contentRect.width));
    observer.observe(element);
    return () => observer.disconnect();
  }, [ref]);
  return width;
}
