// The picture in a tile, whatever it turns out to be.
import { ImageOff } from "lucide-react";
import { useState } from "react";

/** The picture at `src` on a checkerboard, and a word where there is none or it cannot be decoded. */
export function Thumbnail({ src }: { src: string | null }) {
  const [broken, setBroken] = useState(false);
  return (
    <span className="checkerboard flex h-36 items-center justify-center border-b border-line">
      {broken || src === null ? (
        <span className="flex items-center gap-1.5 text-sm text-faint">
          <ImageOff aria-hidden size={14} /> cannot be shown
        </span>
      ) : (
        <img
          src={src}
          alt=""
          loading="lazy"
          decoding="async"
          onError={() => setBroken(true)}
          className="max-h-full max-w-full object-contain"
        />
      )}
    </span>
  );
}
