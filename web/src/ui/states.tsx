// What a page shows when it has nothing to show: waiting, empty, or failed.
import { CircleAlert, type LucideIcon, RotateCw } from "lucide-react";
import type { ReactNode } from "react";
import { Button } from "./Button";
import { visibleName } from "./values";

/** Grey rows of the height the real ones will have, announced once as loading. */
export function Skeleton({ rows, rowHeight = 40, label }: { rows: number; rowHeight?: number; label: string }) {
  return (
    <div role="status" aria-label={label} className="w-full">
      {Array.from({ length: rows }, (_, row) => (
        <div
          // biome-ignore lint/suspicious/noArrayIndexKey: the rows are alike and never move.
          key={row}
          className="flex items-center border-b border-line px-4 last:border-b-0"
          style={{ height: rowHeight }}
        >
          <div
            className="h-3 animate-pulse rounded bg-raised motion-reduce:animate-none"
            style={{ width: `${45 + ((row * 17) % 40)}%` }}
          />
        </div>
      ))}
    </div>
  );
}

/** Nothing here: says why, and offers the next act. */
export function EmptyState({
  icon: Icon,
  title,
  children,
  action,
}: {
  icon?: LucideIcon;
  title: string;
  children?: ReactNode;
  action?: ReactNode;
}) {
  return (
    <div className="flex flex-col items-center gap-2 px-4 py-12 text-center">
      {Icon && <Icon aria-hidden size={26} className="text-faint" />}
      <p className="text-lg font-medium">{title}</p>
      {children && <div className="max-w-lg text-muted">{children}</div>}
      {action && <div className="mt-2">{action}</div>}
    </div>
  );
}

/** Something went wrong: what, and the button that tries again. */
export function ErrorState({
  title,
  error,
  onRetry,
}: {
  title: string;
  error?: unknown;
  onRetry?: (() => void) | undefined;
}) {
  return (
    <div role="alert" className="flex flex-col items-center gap-2 px-4 py-10 text-center">
      <CircleAlert aria-hidden size={24} className="text-fail" />
      <p className="text-lg font-medium">{title}</p>
      {error !== undefined && <p className="max-w-xl break-words text-muted">{errorText(error)}</p>}
      {onRetry && (
        <Button onClick={onRetry} className="mt-2">
          <RotateCw aria-hidden size={14} /> Try again
        </Button>
      )}
    </div>
  );
}

/** The sentence inside an unknown error, which may quote what strangers wrote. */
export function errorText(error: unknown): string {
  return visibleName(error instanceof Error ? error.message : String(error));
}
