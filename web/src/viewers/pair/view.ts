// The part of a picture that a pane shows: one view moves all panes alike. Pure.
import type { PixelSize } from "./header";

/** How far in, and which point of the picture, as a fraction of its size, lies in the middle of the pane. */
export interface PairView {
  zoom: "fit" | number;
  x: number;
  y: number;
}

/** Everything in the pane. */
export const WHOLE: PairView = { zoom: "fit", x: 0.5, y: 0.5 };

const MIN_SCALE = 0.02;
const MAX_SCALE = 32;

/** Where a picture lies in its pane. */
export interface Placement {
  scale: number;
  left: number;
  top: number;
}

/** The scale of a view; pictures smaller than the pane are not enlarged by fitting. */
export function scaleOf(view: PairView, image: PixelSize, pane: PixelSize): number {
  if (view.zoom !== "fit") return view.zoom;
  if (image.width <= 0 || image.height <= 0 || pane.width <= 0 || pane.height <= 0) return 1;
  return Math.min(1, pane.width / image.width, pane.height / image.height);
}

/** Where the picture lies: in the middle where it fits, else without a gap at any side. */
export function placeOf(view: PairView, image: PixelSize, pane: PixelSize): Placement {
  const scale = scaleOf(view, image, pane);
  return {
    scale,
    left: offset(view.x, image.width * scale, pane.width),
    top: offset(view.y, image.height * scale, pane.height),
  };
}

function offset(centre: number, length: number, pane: number): number {
  if (length <= pane) return (pane - length) / 2;
  return Math.min(0, Math.max(pane - length, pane / 2 - centre * length));
}

function centreOf(offsetPx: number, length: number, pane: number): number {
  if (length <= pane) return 0.5;
  return (pane / 2 - Math.min(0, Math.max(pane - length, offsetPx))) / length;
}

/** The view after zooming to `scale`, what lies under the pointer staying there; the pane's middle without one. */
export function zoomedTo(
  view: PairView,
  scale: number,
  image: PixelSize,
  pane: PixelSize,
  pointer: { x: number; y: number } = { x: pane.width / 2, y: pane.height / 2 },
): PairView {
  const before = placeOf(view, image, pane);
  const after = Math.min(MAX_SCALE, Math.max(MIN_SCALE, scale));
  const left = pointer.x - ((pointer.x - before.left) / before.scale) * after;
  const top = pointer.y - ((pointer.y - before.top) / before.scale) * after;
  return {
    zoom: after,
    x: centreOf(left, image.width * after, pane.width),
    y: centreOf(top, image.height * after, pane.height),
  };
}

/** The view after the picture was moved by so many pixels of the screen. */
export function movedBy(view: PairView, dx: number, dy: number, image: PixelSize, pane: PixelSize): PairView {
  const { scale, left, top } = placeOf(view, image, pane);
  return {
    zoom: view.zoom,
    x: centreOf(left + dx, image.width * scale, pane.width),
    y: centreOf(top + dy, image.height * scale, pane.height),
  };
}

/** The view that shows a part of the picture with some room around it, at most four times its size. */
export function viewOfBox(
  box: { x: number; y: number; width: number; height: number },
  image: PixelSize,
  pane: PixelSize,
): PairView {
  const room = 2.2;
  const scale = Math.min(4, pane.width / (box.width * room), pane.height / (box.height * room));
  const fit = scaleOf(WHOLE, image, pane);
  if (scale <= fit) return WHOLE;
  const x = (box.x + box.width / 2) / image.width;
  const y = (box.y + box.height / 2) / image.height;
  return movedBy({ zoom: scale, x, y }, 0, 0, image, pane);
}
