// A window onto pictures that lie on each other: drag to move, Ctrl and the wheel or two fingers to zoom, and keys.
import clsx from "clsx";
import {
  type KeyboardEvent,
  type PointerEvent,
  type ReactNode,
  useEffect,
  useLayoutEffect,
  useRef,
  useState,
} from "react";
import type { PixelSize } from "./header";
import { movedBy, type PairView, placeOf, scaleOf, WHOLE, zoomedTo } from "./view";

const KEY_STEP_PX = 60;

/** What all panes of a pair share. */
export interface Shared {
  /** Size of the largest of the pictures; all have their origin in common. */
  size: PixelSize;
  view: PairView;
  onView: (view: PairView) => void;
}

/** The pane; `layers` are drawn in the picture's own pixels, `children` over all of it. */
export function Pane({
  label,
  shared,
  layers,
  fill,
  split = 1,
  children,
  onPane,
}: {
  label: string;
  shared: Shared;
  layers: ReactNode[];
  /** Whether the height is given from outside; else it follows from the picture. */
  fill: boolean;
  /** Share of the pane, from the left, in which the last layer shows. */
  split?: number;
  children?: ReactNode;
  onPane?: (pane: PixelSize) => void;
}) {
  const { size, view, onView } = shared;
  const ref = useRef<HTMLDivElement>(null);
  const pane = usePaneSize(ref, onPane);
  const place = placeOf(view, size, pane);
  const pointers = usePointers(shared, pane);
  useWheelZoom(ref, shared, pane);

  function onKeyDown(event: KeyboardEvent) {
    if (event.target !== event.currentTarget || event.ctrlKey || event.metaKey || event.altKey) return;
    const next = keyView(event.key, shared, pane);
    if (!next) return;
    event.preventDefault();
    event.stopPropagation();
    onView(next);
  }

  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset has no place for a picture.
    <div
      ref={ref}
      role="group"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: it is moved and zoomed by keys.
      tabIndex={0}
      aria-label={`${label}. Plus and minus zoom, arrow keys move, 0 fits.`}
      className={clsx("pair-pane", fill && "pair-pane-fill", view.zoom !== "fit" && "pair-pane-zoomed")}
      style={fill ? undefined : { aspectRatio: `${size.width} / ${size.height}` }}
      onKeyDown={onKeyDown}
      {...pointers}
    >
      {layers.map((layer, index) => (
        <div
          // biome-ignore lint/suspicious/noArrayIndexKey: layers never move.
          key={index}
          className="pair-window"
          style={index === layers.length - 1 ? { clipPath: `inset(0 ${(1 - split) * 100}% 0 0)` } : undefined}
        >
          <div
            className={clsx("pair-layer", place.scale >= 2 && "pair-pixels")}
            style={{
              width: size.width,
              height: size.height,
              transform: `translate(${place.left}px, ${place.top}px) scale(${place.scale})`,
            }}
          >
            {layer}
          </div>
        </div>
      ))}
      {children}
    </div>
  );
}

function keyView(key: string, { size, view }: Shared, pane: PixelSize): PairView | null {
  const scale = scaleOf(view, size, pane);
  if (key === "+" || key === "=") return zoomedTo(view, scale * 1.5, size, pane);
  if (key === "-") return zoomedTo(view, scale / 1.5, size, pane);
  if (key === "0") return WHOLE;
  if (key === "1") return zoomedTo(view, 1, size, pane);
  if (view.zoom === "fit") return null;
  const steps: Record<string, [number, number]> = {
    ArrowLeft: [KEY_STEP_PX, 0],
    ArrowRight: [-KEY_STEP_PX, 0],
    ArrowUp: [0, KEY_STEP_PX],
    ArrowDown: [0, -KEY_STEP_PX],
  };
  const step = steps[key];
  return step ? movedBy(view, step[0], step[1], size, pane) : null;
}

/** The size of a pane, told again whenever it changes. */
function usePaneSize(
  ref: { readonly current: HTMLElement | null },
  onPane: ((pane: PixelSize) => void) | undefined,
): PixelSize {
  const [pane, setPane] = useState<PixelSize>({ width: 0, height: 0 });
  const tell = useRef(onPane);
  tell.current = onPane;
  useLayoutEffect(() => {
    const element = ref.current;
    if (!element) return;
    const measure = () => {
      const next = { width: element.clientWidth, height: element.clientHeight };
      setPane(next);
      tell.current?.(next);
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, [ref]);
  return pane;
}

/** One pointer moves, two zoom, a double click goes to full size and back. */
function usePointers(shared: Shared, pane: PixelSize) {
  const down = useRef(new Map<number, { x: number; y: number }>());
  const { size, view, onView } = shared;

  function onPointerMove(event: PointerEvent<HTMLDivElement>) {
    const before = down.current.get(event.pointerId);
    if (!before) return;
    const now = { x: event.clientX, y: event.clientY };
    const other = [...down.current].find(([id]) => id !== event.pointerId)?.[1];
    down.current.set(event.pointerId, now);
    if (other) {
      const box = event.currentTarget.getBoundingClientRect();
      const spread = Math.hypot(now.x - other.x, now.y - other.y) / Math.hypot(before.x - other.x, before.y - other.y);
      const middle = { x: (now.x + other.x) / 2 - box.left, y: (now.y + other.y) / 2 - box.top };
      if (Number.isFinite(spread)) onView(zoomedTo(view, scaleOf(view, size, pane) * spread, size, pane, middle));
    } else if (view.zoom !== "fit") {
      onView(movedBy(view, now.x - before.x, now.y - before.y, size, pane));
    }
  }
  const release = (event: PointerEvent<HTMLDivElement>) => {
    down.current.delete(event.pointerId);
  };
  return {
    onPointerDown(event: PointerEvent<HTMLDivElement>) {
      if (event.pointerType === "mouse" && event.button !== 0) return;
      down.current.set(event.pointerId, { x: event.clientX, y: event.clientY });
      event.currentTarget.setPointerCapture(event.pointerId);
    },
    onPointerMove,
    onPointerUp: release,
    onPointerCancel: release,
    onDoubleClick(event: { currentTarget: HTMLDivElement; clientX: number; clientY: number }) {
      const box = event.currentTarget.getBoundingClientRect();
      const pointer = { x: event.clientX - box.left, y: event.clientY - box.top };
      onView(view.zoom === "fit" ? zoomedTo(view, 1, size, pane, pointer) : WHOLE);
    },
  };
}

/** Ctrl or ⌘ with the wheel (also a pinch on a touchpad) zooms to the pointer; the bare wheel scrolls the page. */
function useWheelZoom(ref: { readonly current: HTMLElement | null }, shared: Shared, pane: PixelSize): void {
  const now = useRef({ shared, pane });
  now.current = { shared, pane };
  useEffect(() => {
    const element = ref.current;
    if (!element) return;
    const onWheel = (event: WheelEvent) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      const { shared, pane } = now.current;
      const box = element.getBoundingClientRect();
      const pointer = { x: event.clientX - box.left, y: event.clientY - box.top };
      const scale = scaleOf(shared.view, shared.size, pane) * Math.exp(-event.deltaY / 300);
      shared.onView(zoomedTo(shared.view, scale, shared.size, pane, pointer));
    };
    element.addEventListener("wheel", onWheel, { passive: false });
    return () => element.removeEventListener("wheel", onWheel);
  }, [ref]);
}
