// The last runs of a workflow as bars: colour and foot mark tell the outcome, height the duration. One stop for the
// Tab key; arrows go from bar to bar. A drag, or Shift and a click on two bars, compares two runs.
import { useNavigate } from "@tanstack/react-router";
import { type KeyboardEvent, type MouseEvent, type PointerEvent, useMemo, useRef, useState } from "react";
import type { OverviewWorkflow } from "../../api/types";
import { formatDuration } from "../../format";
import { type Bar, barsOf, comparisonOf, letterWords, stripSentence } from "./model";
import { RunCard, usePointed } from "./RunCard";

const slots = 48;
const barWidth = 5;
const step = 7;
const foot = 3;

const fills: Record<string, string> = {
  P: "fill-pass opacity-60",
  L: "fill-flaky",
  F: "fill-fail",
  R: "fill-running",
  Q: "fill-running opacity-50",
  A: "fill-flaky opacity-70",
};

/** The strip of a workflow. */
export function WorkflowStrip({ workflow, height }: { workflow: OverviewWorkflow; height: number }) {
  const bars = useMemo(() => barsOf(workflow.strip), [workflow.strip]);
  const { pointed, point, stay, leave, hide } = usePointed();
  const { marked, range, handlers } = useComparison(bars);
  const [stop, setStop] = useState<number | null>(null);
  const svg = useRef<SVGSVGElement>(null);
  const width = slots * step - (step - barWidth);
  const full = height + foot + 1;
  const first = slots - bars.length;
  const current = bars.some((bar) => bar.id === stop) ? stop : (bars.at(-1)?.id ?? null);

  function look(bar: Bar, element: Element): void {
    const box = element.getBoundingClientRect();
    point({ bar, at: { left: box.left + box.width / 2, top: box.top, bottom: box.bottom } });
  }

  function onKey(event: KeyboardEvent): void {
    const at = bars.findIndex((bar) => bar.id === current);
    const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: bars.length - 1 }[event.key];
    if (event.key === "Escape" && pointed) hide();
    else if (to === undefined) return;
    else svg.current?.querySelectorAll("a")[Math.max(0, Math.min(bars.length - 1, to))]?.focus();
    event.preventDefault();
    event.stopPropagation();
  }

  return (
    <div className="min-w-0">
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset cannot hold drawings. */}
      <svg
        ref={svg}
        role="group"
        aria-label={stripSentence(workflow.strip.outcomes)}
        viewBox={`0 0 ${width} ${full}`}
        width={width}
        height={full}
        className="block max-w-full touch-pan-y select-none"
        onPointerLeave={leave}
        onKeyDown={onKey}
        {...handlers}
      >
        {bars.map((bar, index) => {
          const x = (first + index) * step;
          const tall = Math.round(bar.height * height);
          const inRange = range !== null && index >= range[0] && index <= range[1];
          return (
            <a
              key={bar.id}
              href={`/runs/${bar.id}`}
              data-bar={index}
              draggable={false}
              tabIndex={bar.id === current ? 0 : -1}
              aria-label={barLabel(bar)}
              onPointerEnter={(event) => look(bar, event.currentTarget)}
              onFocus={(event) => {
                setStop(bar.id);
                look(bar, event.currentTarget);
              }}
              onBlur={leave}
              className="group outline-none"
            >
              <rect
                x={x - 1}
                y={0}
                width={step}
                height={full}
                className={
                  inRange || marked === bar.id
                    ? "fill-accent opacity-25"
                    : "fill-transparent group-hover:fill-raised group-focus-visible:fill-accent group-focus-visible:opacity-40"
                }
              />
              <rect
                x={x}
                y={height - tall}
                width={barWidth}
                height={tall}
                rx={1.5}
                className={fills[bar.letter] ?? "fill-skip"}
              />
              {bar.letter === "F" && (
                <rect x={x} y={height + 1} width={barWidth} height={foot - 1} className="fill-fail" />
              )}
              {bar.letter === "L" && (
                <rect x={x} y={height + 1} width={barWidth} height={foot - 2} className="fill-flaky" />
              )}
            </a>
          );
        })}
      </svg>
      <p aria-live="polite" className="sr-only">
        {marked !== null &&
          `Run ${bars.find((bar) => bar.id === marked)?.number} is marked: Shift and Enter on another compares`}
      </p>
      {pointed && range === null && <RunCard pointed={pointed} onEnter={stay} onLeave={leave} />}
    </div>
  );
}

function barLabel(bar: Bar): string {
  const took = bar.durationMs === null ? "" : `, ${formatDuration(bar.durationMs)}`;
  return `#${bar.number} ${letterWords[bar.letter]}${took}`;
}

function barAt(target: EventTarget): number | null {
  const found = target instanceof Element ? target.closest("[data-bar]")?.getAttribute("data-bar") : null;
  return found === null || found === undefined ? null : Number(found);
}

/** Clicks open a run; a drag, or two of them with Shift, compare. */
function useComparison(bars: Bar[]) {
  const navigate = useNavigate();
  const [drag, draw] = useState<{ from: number; to: number } | null>(null);
  // What counts when the button is let go, also where the last move has not been drawn yet.
  const now = useRef(drag);
  const [marked, setMarked] = useState<number | null>(null);
  const dragged = useRef(false);

  function setDrag(next: { from: number; to: number } | null): void {
    now.current = next;
    draw(next);
  }

  function compare(one: Bar | undefined, other: Bar | undefined): void {
    if (!one || !other || one.id === other.id) return;
    const { run, with: base } = comparisonOf(one, other);
    void navigate({ to: "/runs/$runId/compare", params: { runId: String(run) }, search: { with: base } });
  }

  const range: [number, number] | null =
    drag && drag.from !== drag.to ? [Math.min(drag.from, drag.to), Math.max(drag.from, drag.to)] : null;

  const handlers = {
    onDragStart: (event: { preventDefault: () => void }) => event.preventDefault(),
    onPointerDown(event: PointerEvent): void {
      dragged.current = false;
      const at = barAt(event.target);
      if (event.button === 0 && event.pointerType !== "touch" && !event.shiftKey && at !== null)
        setDrag({ from: at, to: at });
    },
    onPointerMove(event: PointerEvent): void {
      const held = now.current;
      const at = barAt(event.target);
      if (held && event.buttons === 0) setDrag(null);
      else if (held && at !== null && at !== held.to) setDrag({ ...held, to: at });
    },
    onPointerUp(): void {
      const held = now.current;
      if (held && held.from !== held.to) {
        dragged.current = true;
        compare(bars[held.from], bars[held.to]);
      }
      setDrag(null);
    },
    onClick(event: MouseEvent): void {
      const at = barAt(event.target);
      const bar = at === null ? undefined : bars[at];
      if (dragged.current || !bar) {
        event.preventDefault();
        dragged.current = false;
      } else if (event.shiftKey) {
        event.preventDefault();
        if (marked === null) setMarked(bar.id);
        else {
          compare(
            bars.find((one) => one.id === marked),
            bar,
          );
          setMarked(null);
        }
      } else if (!event.ctrlKey && !event.metaKey && !event.altKey) {
        event.preventDefault();
        void navigate({ to: "/runs/$runId", params: { runId: String(bar.id) } });
      }
    },
  };
  return { marked, range, handlers };
}
