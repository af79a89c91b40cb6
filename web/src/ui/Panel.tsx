// A bordered box with a heading, the ground most content stands on.
import clsx from "clsx";
import { type ReactNode, useId } from "react";

/** A region named by its heading; `tone` colours the heading. */
export function Panel({
  title,
  count,
  note,
  aside,
  tone,
  children,
  className,
}: {
  title: string;
  count?: ReactNode;
  /** A short text beside the heading. */
  note?: ReactNode;
  aside?: ReactNode;
  tone?: "fail";
  children: ReactNode;
  className?: string;
}) {
  const id = useId();
  return (
    <section aria-labelledby={id} className={clsx("overflow-hidden rounded-lg border border-line bg-panel", className)}>
      <header className="flex min-h-9 flex-wrap items-center gap-x-3 gap-y-1 border-b border-line bg-raised/60 px-4 py-1.5">
        <h2 id={id} className={clsx("font-semibold", tone === "fail" && "text-fail-text")}>
          {title}
          {count !== undefined && <span className="ml-2 font-normal text-faint">{count}</span>}
        </h2>
        {note}
        {aside && <div className="ml-auto flex items-center gap-2 text-sm text-faint">{aside}</div>}
      </header>
      {children}
    </section>
  );
}

/** Labels with their values, in one row that wraps. */
export function Facts({ facts }: { facts: [label: string, value: ReactNode][] }) {
  return (
    <dl className="flex flex-wrap gap-x-8 gap-y-2">
      {facts.map(([label, value]) => (
        <div key={label}>
          <dt className="text-sm text-faint">{label}</dt>
          <dd className="font-medium">{value}</dd>
        </div>
      ))}
    </dl>
  );
}
