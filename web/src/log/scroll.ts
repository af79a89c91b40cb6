// The arithmetic of scrolling through more rows than a browser can lay out. An element can be at most about
// 33.5 million pixels high in Chromium and 17.9 in Firefox, so the content is capped below both; above the cap
// the scroll bar maps proportionally, while wheel and keys move by virtual pixels, so that one notch of the
// wheel is always three lines and the last line can always be reached.

/** No content is made higher than this. */
export const MAX_CONTENT_PX = 15_000_000;

/** The relation between the scroll bar and the virtual position of equally high rows. */
export interface ScrollScale {
  /** Height of all rows together, in virtual pixels. */
  readonly virtualHeight: number;
  /** Height of the element that makes the scroll bar. */
  readonly contentHeight: number;
  /** The largest virtual position: the last row touches the bottom. */
  readonly maxTop: number;
  /** The largest value of scrollTop. */
  readonly maxScroll: number;
}

/** The relation for so many rows of `rowHeight` pixels in a viewport of a height. */
export function scrollScale(rows: number, rowHeight: number, viewport: number): ScrollScale {
  const virtualHeight = rows * rowHeight;
  const contentHeight = Math.min(virtualHeight, MAX_CONTENT_PX);
  return {
    virtualHeight,
    contentHeight,
    maxTop: Math.max(0, virtualHeight - viewport),
    maxScroll: Math.max(0, contentHeight - viewport),
  };
}

/** Whether the scroll bar is not one to one. */
export function isScaled(scale: ScrollScale): boolean {
  return scale.virtualHeight > scale.contentHeight;
}

/** The virtual position that a scroll bar position stands for. */
export function topOfScroll(scale: ScrollScale, scrollTop: number): number {
  if (scale.maxScroll === 0) return 0;
  // Browsers round scrollTop; the last pixel must mean the very end.
  if (scrollTop >= scale.maxScroll - 1) return scale.maxTop;
  return Math.max(0, (scrollTop / scale.maxScroll) * scale.maxTop);
}

/** The scroll bar position that stands for a virtual position. */
export function scrollOfTop(scale: ScrollScale, top: number): number {
  if (scale.maxTop === 0) return 0;
  return (clampTop(scale, top) / scale.maxTop) * scale.maxScroll;
}

/** `top`, kept between the first row and the last. */
export function clampTop(scale: ScrollScale, top: number): number {
  return Math.min(scale.maxTop, Math.max(0, top));
}

/** The rows that are at least partly visible: `[first, end)`. */
export function visibleRows(
  top: number,
  viewport: number,
  rowHeight: number,
  rows: number,
): [first: number, end: number] {
  const first = Math.min(rows, Math.max(0, Math.floor(top / rowHeight)));
  const end = Math.min(rows, Math.max(first, Math.ceil((top + viewport) / rowHeight)));
  return [first, end];
}

/** How far to place a row that is brought on view. */
export type Align = "start" | "center" | "nearest";

/** The virtual position that shows `row` as asked. */
export function topOfRow(
  scale: ScrollScale,
  row: number,
  rowHeight: number,
  viewport: number,
  top: number,
  align: Align,
): number {
  const rowTop = row * rowHeight;
  if (align === "start") return clampTop(scale, rowTop);
  if (align === "nearest") {
    if (rowTop >= top && rowTop + rowHeight <= top + viewport) return top;
    if (rowTop < top) return clampTop(scale, rowTop);
    return clampTop(scale, rowTop + rowHeight - viewport);
  }
  return clampTop(scale, rowTop - (viewport - rowHeight) / 2);
}
