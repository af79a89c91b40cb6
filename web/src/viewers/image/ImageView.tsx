// One image: fit, full size, zoom to the pointer, drag to move; arrow keys lead to the neighbours.

import "./image.css";
import { useNavigate } from "@tanstack/react-router";
import clsx from "clsx";
import { Maximize, ZoomIn, ZoomOut } from "lucide-react";
import { type PointerEvent, useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";
import type { File } from "../../api/types";
import { formatCount } from "../../format";
import { IconButton } from "../../log/LogToolbar";
import { usePageKeys } from "../../pageKeys";
import { ErrorState, visibleName } from "../../ui";
import { ViewerFrame } from "../viewerFrame";
import { FilmStrip } from "./FilmStrip";
import { fitScale, scrollAfterZoom, stepZoom, type Zoom } from "./zoom";

interface Size {
  width: number;
  height: number;
}

/** An image file among its siblings. */
export function ImageView({ file, siblings }: { file: File; siblings: File[] }) {
  const [natural, setNatural] = useState<Size | null>(null);
  const [failed, setFailed] = useState(false);
  const [zoom, setZoom] = useState<Zoom>("fit");
  const frameRef = useRef<HTMLDivElement>(null);
  const frame = useFrameSize(frameRef);
  const fitted = natural ? fitScale(natural.width, natural.height, frame.width - 32, frame.height - 32) : 1;
  const scale = zoom === "fit" ? fitted : zoom;
  const images = siblings.filter((one) => one.type === "image");
  useImageKeys(file, images, {
    in: () => setZoom(stepZoom(scale, true)),
    out: () => setZoom(stepZoom(scale, false)),
    fit: () => setZoom("fit"),
    full: () => setZoom(1),
  });
  const { onPointerDown, onPointerMove, onPointerUp } = usePan(frameRef);
  useWheelZoom(frameRef, scale, setZoom);

  if (failed) {
    return (
      <ViewerFrame label={file.path} tall={false}>
        <ErrorState
          title="This image cannot be shown"
          error="The browser could not read it as an image. It can still be downloaded."
        />
      </ViewerFrame>
    );
  }
  return (
    <ViewerFrame
      label={file.path}
      bar={
        <>
          <span className="px-1 text-sm text-faint">
            {natural ? `${formatCount(natural.width)} × ${formatCount(natural.height)}` : "…"}
          </span>
          <div className="ml-auto flex items-center gap-0.5">
            <IconButton icon={ZoomOut} label="Zoom out" shortcut="-" onClick={() => setZoom(stepZoom(scale, false))} />
            <span className="w-12 text-center text-sm text-muted" aria-live="polite">
              {Math.round(scale * 100)} %
            </span>
            <IconButton icon={ZoomIn} label="Zoom in" shortcut="+" onClick={() => setZoom(stepZoom(scale, true))} />
            <IconButton
              icon={Maximize}
              label="Fit"
              shortcut="0"
              pressed={zoom === "fit"}
              onClick={() => setZoom("fit")}
            >
              Fit
            </IconButton>
            <button
              type="button"
              aria-pressed={zoom === 1}
              title="One image pixel per pixel (1)"
              onClick={() => setZoom(1)}
              className={clsx(
                "h-7 rounded-md px-2 text-sm hover:bg-raised",
                zoom === 1 ? "bg-selected text-accent" : "text-muted",
              )}
            >
              Full size
            </button>
          </div>
        </>
      }
    >
      {/* biome-ignore lint/a11y/useSemanticElements: a section would take part in the outline of the page. */}
      <div
        ref={frameRef}
        role="region"
        aria-label="Picture"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what is larger than its frame is scrolled by keys.
        tabIndex={0}
        className="image-frame min-h-0 flex-1"
        onPointerDown={onPointerDown}
        onPointerMove={onPointerMove}
        onPointerUp={onPointerUp}
      >
        <img
          src={file.url}
          alt={visibleName(file.path)}
          draggable={false}
          onLoad={(event) => {
            const { naturalWidth, naturalHeight } = event.currentTarget;
            // An SVG without a size of its own is drawn as large as the frame allows.
            setNatural({ width: naturalWidth || 600, height: naturalHeight || 400 });
          }}
          onError={() => setFailed(true)}
          className={clsx("image-ground", scale >= 2 && "image-pixels", !natural && "invisible")}
          style={natural ? { width: natural.width * scale, height: natural.height * scale } : undefined}
        />
      </div>
      {images.length > 1 && <FilmStrip file={file} images={images} />}
    </ViewerFrame>
  );
}

function useFrameSize(frameRef: { readonly current: HTMLElement | null }): Size {
  const [size, setSize] = useState<Size>({ width: 0, height: 0 });
  useLayoutEffect(() => {
    const frame = frameRef.current;
    if (!frame) return;
    const measure = () => setSize({ width: frame.clientWidth, height: frame.clientHeight });
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(frame);
    return () => observer.disconnect();
  }, [frameRef]);
  return size;
}

/** Ctrl or ⌘ with the wheel (also a pinch) zooms to the pointer. */
function useWheelZoom(
  frameRef: { readonly current: HTMLElement | null },
  scale: number,
  setZoom: (zoom: Zoom) => void,
): void {
  const scaleRef = useRef(scale);
  scaleRef.current = scale;
  useEffect(() => {
    const frame = frameRef.current;
    if (!frame) return;
    const onWheel = (event: WheelEvent) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      const before = scaleRef.current;
      const after = Math.min(16, Math.max(0.05, before * Math.exp(-event.deltaY / 300)));
      const box = frame.getBoundingClientRect();
      const left = scrollAfterZoom(frame.scrollLeft, event.clientX - box.left, before, after);
      const top = scrollAfterZoom(frame.scrollTop, event.clientY - box.top, before, after);
      setZoom(after);
      requestAnimationFrame(() => frame.scrollTo({ left, top }));
    };
    frame.addEventListener("wheel", onWheel, { passive: false });
    return () => frame.removeEventListener("wheel", onWheel);
  }, [frameRef, setZoom]);
}

/** Dragging moves the picture. */
function usePan(frameRef: { readonly current: HTMLElement | null }) {
  const start = useRef<{ x: number; y: number; left: number; top: number } | null>(null);
  const onPointerDown = useCallback(
    (event: PointerEvent) => {
      const frame = frameRef.current;
      if (!frame || event.pointerType !== "mouse" || event.button !== 0) return;
      start.current = { x: event.clientX, y: event.clientY, left: frame.scrollLeft, top: frame.scrollTop };
      frame.setPointerCapture(event.pointerId);
    },
    [frameRef],
  );
  const onPointerMove = useCallback(
    (event: PointerEvent) => {
      const from = start.current;
      if (!from) return;
      frameRef.current?.scrollTo(from.left + from.x - event.clientX, from.top + from.y - event.clientY);
    },
    [frameRef],
  );
  const onPointerUp = useCallback(() => {
    start.current = null;
  }, []);
  return { onPointerDown, onPointerMove, onPointerUp };
}

function useImageKeys(
  file: File,
  images: File[],
  zoom: { in: () => void; out: () => void; fit: () => void; full: () => void },
): void {
  const navigate = useNavigate();
  const at = images.findIndex((one) => one.id === file.id);
  const go = (to: File | undefined) => {
    if (!to || at < 0) return;
    void navigate({
      to: "/files/$fileId",
      params: { fileId: to.id },
      search: (before) => before as never,
      replace: true,
    });
  };
  usePageKeys("Image", [
    { keys: ["ArrowLeft"], label: "Previous image", run: () => go(images[at - 1]) },
    { keys: ["ArrowRight"], label: "Next image", run: () => go(images[at + 1]) },
    { keys: ["+", "="], label: "Zoom in", run: zoom.in },
    { keys: ["-"], label: "Zoom out", run: zoom.out },
    { keys: ["0"], label: "Fit", run: zoom.fit },
    { keys: ["1"], label: "Full size", run: zoom.full },
  ]);
}
