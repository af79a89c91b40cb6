// A small picture in a box of fixed shape, whatever the picture turns out to be.
import clsx from "clsx";
import { ImageOff } from "lucide-react";
import { useState } from "react";

/** The picture at `src` on a checkerboard, and a word where there is none or it cannot be decoded. */
export function Thumbnail({
  src,
  className = "h-36 border-b border-line",
  cover = false,
}: {
  src: string | null;
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
          src={src}
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
