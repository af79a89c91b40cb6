// The page at a moment, with the place that was clicked.
import { useState } from "react";
import { Button } from "../../ui";
import type { Screenshot, TraceAction } from "../archive/queries";
import { clock, endOf } from "./model";

interface Props {
  src: string;
  frame: Screenshot;
  action: TraceAction | null;
  timeMs: number;
  durationMs: number;
  onTime: (ms: number) => void;
}

/** The screenshot. */
export function ScreenshotView({ src, frame, action, timeMs, durationMs, onTime }: Props) {
  const [broken, setBroken] = useState<string | null>(null);
  const point = action?.point;
  const isInside = point && frame.width > 0 && frame.height > 0 && point.x <= frame.width && point.y <= frame.height;
  const shown = action ? `the page at ${clock(timeMs)}, during ${action.title}` : `the page at ${clock(timeMs)}`;
  return (
    <figure className="trace-shot">
      <div className="trace-stage">
        {broken === src ? (
          <p className="p-8 text-muted">The screenshot cannot be shown.</p>
        ) : (
          <span className="trace-picture">
            <img src={src} alt={`Screenshot: ${shown}`} onError={() => setBroken(src)} />
            {isInside && (
              <span
                aria-hidden
                className="trace-point"
                style={{ left: `${(point.x / frame.width) * 100}%`, top: `${(point.y / frame.height) * 100}%` }}
              />
            )}
          </span>
        )}
      </div>
      <figcaption className="flex flex-wrap items-center gap-2 border-y border-line px-3 py-1 text-sm text-muted">
        <span className="tabular-nums">
          {clock(timeMs)} <span className="text-faint">· screenshot of {clock(frame.timeMs)}</span>
        </span>
        {action && (
          <span className="ml-auto flex gap-1">
            <Button
              variant="quiet"
              aria-pressed={timeMs === Math.round(action.startMs)}
              onClick={() => onTime(action.startMs)}
            >
              Before
            </Button>
            <Button variant="quiet" onClick={() => onTime(endOf(action, durationMs))}>
              After
            </Button>
          </span>
        )}
      </figcaption>
    </figure>
  );
}
