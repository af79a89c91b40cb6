// A thin bar for work whose end is known, or not yet.

/** A progress bar; without a total it only says that something goes on. */
export function ProgressBar({ label, done, total }: { label: string; done: number; total: number }) {
  const known = total > 0;
  const percent = known ? Math.min(100, (done / total) * 100) : 0;
  return (
    <div
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={known ? total : undefined}
      aria-valuenow={known ? Math.min(done, total) : undefined}
      className="h-1.5 w-full overflow-hidden rounded-full bg-raised"
    >
      <div
        className={
          known
            ? "h-full rounded-full bg-accent transition-[width]"
            : "h-full w-1/3 animate-pulse rounded-full bg-accent"
        }
        style={known ? { width: `${percent}%` } : undefined}
      />
    </div>
  );
}
