// Rows under named columns, the same on every page; what stands in a row is its page's own.
import clsx from "clsx";
import type { ReactNode } from "react";

/** A column: its heading, on the right above figures; `from` is the width of window that has room for it. */
export interface Column {
  label: string;
  align?: "right";
  from?: keyof typeof hiddenBelow;
  /** A class for its width, in a table that lays itself out by its head. */
  width?: string;
}

const hiddenBelow = { sm: "max-sm:hidden", md: "max-md:hidden", lg: "max-lg:hidden" };

/**
 * A table that scrolls sideways where it must; `children` are its rows, `className` concerns the table itself. One in
 * whose rows nothing can be focused is scrolled by keys where it has a `label`.
 */
export function Table({
  columns,
  className,
  label,
  children,
}: {
  columns: readonly Column[];
  className?: string;
  label?: string;
  children: ReactNode;
}) {
  return (
    <div className="relative overflow-x-auto" {...(label ? { role: "group", "aria-label": label, tabIndex: 0 } : {})}>
      <table className={clsx("w-full border-collapse text-left", className)}>
        <thead className="text-sm text-faint">
          <tr className="border-b border-line whitespace-nowrap">
            {columns.map(({ label, align, from, width }) => (
              <th
                key={label}
                scope="col"
                className={clsx(
                  "px-3 py-1.5 font-normal first:pl-4 last:pr-4",
                  align === "right" && "text-right",
                  from && hiddenBelow[from],
                  width,
                )}
              >
                {label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}
