// The line that parts two pictures lying on each other: dragged, touched, or moved by arrow keys.
import { type KeyboardEvent, type PointerEvent, useRef } from "react";

/** `value` is the share of the pane, from the left, in which the first picture shows: 0 to 1. */
export function SplitHandle({ value, onChange }: { value: number; onChange: (value: number) => void }) {
  const ref = useRef<HTMLDivElement>(null);

  function onPointerMove(event: PointerEvent<HTMLDivElement>) {
    const pane = ref.current?.parentElement;
    if (!pane || !event.currentTarget.hasPointerCapture(event.pointerId)) return;
    event.stopPropagation();
    const box = pane.getBoundingClientRect();
    onChange(Math.min(1, Math.max(0, (event.clientX - box.left) / box.width)));
  }
  function onKeyDown(event: KeyboardEvent) {
    const step = event.shiftKey ? 0.1 : 0.02;
    const next: Record<string, number> = {
      ArrowLeft: value - step,
      ArrowDown: value - step,
      ArrowRight: value + step,
      ArrowUp: value + step,
      Home: 0,
      End: 1,
    };
    const to = next[event.key];
    if (to === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    onChange(Math.min(1, Math.max(0, to)));
  }
  return (
    <div
      ref={ref}
      role="slider"
      tabIndex={0}
      aria-label="Where one picture ends and the other begins"
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round(value * 100)}
      className="pair-split"
      style={{ left: `${value * 100}%` }}
      onPointerDown={(event) => {
        event.stopPropagation();
        event.currentTarget.setPointerCapture(event.pointerId);
      }}
      onPointerMove={onPointerMove}
      onDoubleClick={(event) => event.stopPropagation()}
      onKeyDown={onKeyDown}
    />
  );
}
