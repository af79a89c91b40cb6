// The button that asks GitHub now.
import { RefreshCw } from "lucide-react";
import { Button } from "../ui";
import { useRefresh } from "./useRefresh";

/** Refresh, with a spinner while it goes on; a second press joins the first; `compact` drops the word on small screens. */
export function RefreshButton({ compact = false }: { compact?: boolean }) {
  const { refreshNow, isRefreshing } = useRefresh();
  return (
    <Button
      variant="primary"
      onClick={refreshNow}
      aria-disabled={isRefreshing}
      title={isRefreshing ? "A refresh is going on" : "Check GitHub now and fetch what is new or was missed"}
    >
      <RefreshCw
        aria-hidden
        size={14}
        className={isRefreshing ? "animate-spin motion-reduce:animate-none" : undefined}
      />
      <span className={compact ? "max-sm:sr-only" : undefined}>{isRefreshing ? "Refreshing" : "Refresh"}</span>
    </Button>
  );
}
