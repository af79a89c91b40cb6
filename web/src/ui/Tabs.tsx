// A row of links that switch the view; each view has its own address.
import { Link } from "@tanstack/react-router";
import clsx from "clsx";
import { formatCount } from "../format";

/** One tab: its search parameters are merged into the page's own. */
export interface Tab {
  id: string;
  label: string;
  count?: number | undefined;
}

/** Tabs as navigation, because each is an address that can be shared. */
export function Tabs({
  tabs,
  active,
  label,
  search,
}: {
  tabs: Tab[];
  active: string;
  label: string;
  /** What a tab changes in the address; its id as `tab` where nothing is said. */
  search?: (id: string) => Record<string, unknown>;
}) {
  return (
    <nav aria-label={label} className="flex gap-1 overflow-x-auto border-b border-line">
      {tabs.map((tab) => (
        <Link
          key={tab.id}
          to="."
          search={
            ((previous: Record<string, unknown>) => ({
              ...previous,
              ...(search?.(tab.id) ?? { tab: tab.id }),
            })) as never
          }
          replace
          resetScroll={false}
          aria-current={tab.id === active ? "page" : undefined}
          className={clsx(
            "-mb-px flex h-9 items-center gap-1.5 border-b-2 px-3 whitespace-nowrap hover:no-underline",
            tab.id === active ? "border-accent font-medium text-text" : "border-transparent text-muted hover:text-text",
          )}
        >
          {tab.label}
          {tab.count !== undefined && <span className="text-sm text-faint">{formatCount(tab.count)}</span>}
        </Link>
      ))}
    </nav>
  );
}
