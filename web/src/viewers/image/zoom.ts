// The arithmetic of zooming an image in a scrolling frame.

/** A picture fits its frame, or has a scale of its own; 1 is one image pixel per CSS pixel. */
export type Zoom = "fit" | number;

const STEPS = [0.1, 0.25, 0.5, 0.75, 1, 1.5, 2, 3, 4, 6, 8, 12, 16];

/** The scale at which an image lies wholly in the frame; small images are not enlarged. */
export function fitScale(width: number, height: number, frameWidth: number, frameHeight: number): number {
  if (width <= 0 || height <= 0) return 1;
  return Math.min(1, frameWidth / width, frameHeight / height);
}

/** The next step up or down from a scale. */
export function stepZoom(scale: number, up: boolean): number {
  const next = up ? STEPS.find((step) => step > scale * 1.01) : STEPS.findLast((step) => step < scale * 0.99);
  return next ?? (up ? (STEPS.at(-1) ?? scale) : (STEPS[0] ?? scale));
}

/** The scroll offset that keeps the point under the pointer where it is when the scale changes. */
export function scrollAfterZoom(scroll: number, pointer: number, before: number, after: number): number {
  return Math.max(0, ((scroll + pointer) / before) * after - pointer);
}
