// The images around the one that is shown, small, each leading to its own page.
import { Link } from "@tanstack/react-router";
import clsx from "clsx";
import type { File } from "../../api/types";
import { Thumbnail, visibleName } from "../../ui";

/** How many neighbours it shows on each side. */
const STRIP_SIDE = 8;

/** The nearest images of the run. */
export function FilmStrip({ file, images }: { file: File; images: File[] }) {
  const at = Math.max(
    0,
    images.findIndex((one) => one.id === file.id),
  );
  const near = images.slice(Math.max(0, at - STRIP_SIDE), at + STRIP_SIDE + 1);
  return (
    <nav aria-label="Images of this run" className="flex shrink-0 gap-1.5 overflow-x-auto border-t border-line p-2">
      {near.map((one) => (
        <Link
          key={one.id}
          to="/files/$fileId"
          params={{ fileId: one.id }}
          search={(before) => before as never}
          replace
          aria-label={visibleName(one.path)}
          aria-current={one.id === file.id ? "page" : undefined}
          title={visibleName(one.path)}
          className={clsx(
            "h-12 w-16 shrink-0 overflow-hidden rounded border bg-bg",
            one.id === file.id ? "border-accent ring-1 ring-accent" : "border-line",
          )}
        >
          <Thumbnail src={one.url} mediaType={one.mediaType} sizes="64px" className="size-full" cover />
        </Link>
      ))}
    </nav>
  );
}
