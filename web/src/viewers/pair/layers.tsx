// What can lie in a pane: a picture of the server, a computed difference, marks around what changed.
import { useEffect, useRef } from "react";
import type { Box } from "./boxes";
import type { PixelSize } from "./header";
import { contentUrl } from "./useImageSizes";

/** A picture at its own size, on the chequered ground. */
export function PictureLayer({
  fileId,
  alt,
  onSize,
  onBroken,
}: {
  fileId: string;
  alt: string;
  onSize: (size: PixelSize) => void;
  onBroken: () => void;
}) {
  return (
    <img
      src={contentUrl(fileId)}
      alt={alt}
      draggable={false}
      decoding="async"
      className="checkerboard block max-w-none select-none"
      onLoad={({ currentTarget: { naturalWidth, naturalHeight } }) =>
        onSize({ width: naturalWidth || 600, height: naturalHeight || 400 })
      }
      onError={onBroken}
    />
  );
}

/** A difference that was computed here. */
export function DiffLayer({ picture, alt }: { picture: ImageBitmap; alt: string }) {
  const ref = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    ref.current?.getContext("2d")?.drawImage(picture, 0, 0);
  }, [picture]);
  return (
    <canvas
      ref={ref}
      role="img"
      aria-label={alt}
      width={picture.width}
      height={picture.height}
      className="block bg-white"
    />
  );
}

/** A frame around each part that changed; the one looked at stands out. */
export function BoxesLayer({
  boxes,
  size,
  current,
}: {
  boxes: readonly Box[];
  size: PixelSize;
  current: number | null;
}) {
  return (
    <svg
      aria-hidden
      viewBox={`0 0 ${size.width} ${size.height}`}
      width={size.width}
      height={size.height}
      className="block"
    >
      {boxes.map((box, index) => (
        <rect
          key={`${box.x} ${box.y}`}
          x={box.x - 4}
          y={box.y - 4}
          width={box.width + 8}
          height={box.height + 8}
          rx={4}
          className={index === current ? "pair-box pair-box-current" : "pair-box"}
        />
      ))}
    </svg>
  );
}
