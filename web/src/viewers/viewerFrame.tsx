// The box that viewers stand in: a bar of controls above, the content below.

import clsx from "clsx";
import type { ReactNode } from "react";
import { visibleName } from "../ui";

/** A viewer's region. `tall` fills the window; without it the content decides. */
export function ViewerFrame({
  label,
  bar,
  tall = true,
  children,
}: {
  label: string;
  bar?: ReactNode;
  tall?: boolean;
  children: ReactNode;
}) {
  return (
    <section
      aria-label={visibleName(label)}
      className={clsx(
        "flex min-w-0 flex-col overflow-hidden rounded-lg border border-line bg-panel",
        tall && "h-[calc(100dvh-10.5rem)] min-h-96",
      )}
    >
      {bar && (
        <div className="flex min-h-9 flex-wrap items-center gap-x-2 gap-y-1 border-b border-line bg-raised/60 px-2 py-1">
          {bar}
        </div>
      )}
      {children}
    </section>
  );
}
