// A small picture in a box of fixed shape, whatever the picture turns out to be.
import clsx from "clsx";
import { ImageOff } from "lucide-react";
import { useState } from "react";

const WIDTHS = [160, 320, 640];

/** Images the server makes no thumbnails of, and browsers draw at any size. */
const drawnByBrowsers = /^image\/(?:svg\+xml|avif)/;

/** Where a thumbnail comes from: of a file's content, made by the server in the width that is needed. */
export function thumbnailSources(src: string, mediaType?: string | null): { src: string; srcSet?: string } {
  const base = /^(\/api\/files\/[^/?]+)\/content$/.exec(src)?.[1];
  if (!base || drawnByBrowsers.test(mediaType ?? "")) return { src };
  const at = (width: number) => `${base}/thumbnail?width=${width}`;
  return { src: at(320), srcSet: WIDTHS.map((width) => `${at(width)} ${width}w`).join(", ") };
}

/** The picture at `src` on a checkerboard, and a word where there is none or it cannot be decoded. */
export function Thumbnail({
  src,
  mediaType,
  sizes = "240px",
  className = "h-36 border-b border-line",
  cover = false,
}: {
  src: string | null;
  /** The file's media type, where it is known. */
  mediaType?: string | null | undefined;
  /** How wide it is shown, as `sizes` of an image says. */
  sizes?: string;
  /** The box: its height above all. */
  className?: string;
  /** Whether it fills the box and may lose its edges, but not its top. */
  cover?: boolean;
}) {
  const [broken, setBroken] = useState<string | null>(null);
  return (
    <span className={clsx("checkerboard flex items-center justify-center overflow-hidden", className)}>
      {src === null || broken === src ? (
        <span className="flex items-center gap-1.5 px-1 text-sm text-faint">
          <ImageOff aria-hidden size={14} className="shrink-0" /> {!cover && "cannot be shown"}
        </span>
      ) : (
        <img
          {...thumbnailSources(src, mediaType)}
          sizes={sizes}
          alt=""
          loading="lazy"
          decoding="async"
          onError={() => setBroken(src)}
          className={cover ? "size-full object-cover object-top" : "max-h-full max-w-full object-contain"}
        />
      )}
    </span>
  );
}
