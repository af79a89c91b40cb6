// Which time and branch figures are told from, and whether they are drawn or written.
import { useInfiniteQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { Table2 } from "lucide-react";
import type { ReactNode } from "react";
import { runsOf, runsQuery } from "../../api/client";
import { trendWindows, type WorkflowSearch } from "../../search";
import { Button, visibleName } from "../../ui";
import { Choice } from "../Choice";

const route = getRouteApi("/workflows/$workflowId");
const windowWords: Record<(typeof trendWindows)[number], string> = {
  "7d": "7 days",
  "30d": "30 days",
  "90d": "90 days",
  "365d": "A year",
};

/** The bar; `children` are further filters. */
export function WindowBar({
  workflowId,
  hasTable = false,
  children,
}: {
  workflowId: number;
  hasTable?: boolean;
  children?: ReactNode;
}) {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const branches = useBranches(workflowId);
  const change = (next: Partial<Record<keyof WorkflowSearch, unknown>>) =>
    navigate({ search: (old) => ({ ...old, ...next }) as never, replace: true, resetScroll: false });
  return (
    <search className="flex flex-wrap items-center gap-2">
      <Choice
        label="Time"
        any={null}
        value={search.window ?? "30d"}
        options={trendWindows.map((window) => [window, windowWords[window]])}
        onChange={(window) => change({ window: window === "30d" ? undefined : window })}
      />
      <Choice
        label="Branch"
        value={search.branch}
        options={branches.map((branch) => [branch, visibleName(branch)])}
        onChange={(branch) => change({ branch })}
      />
      {children}
      {hasTable && (
        <Button
          className="ml-auto"
          aria-pressed={search.as === "table"}
          onClick={() => change({ as: search.as === "table" ? undefined : "table" })}
        >
          <Table2 aria-hidden size={14} /> View as table
        </Button>
      )}
    </search>
  );
}

/** Branches of the newest runs, as suggestions. */
function useBranches(workflowId: number): string[] {
  const { data } = useInfiniteQuery(runsQuery(workflowId, {}));
  return [
    ...new Set(
      runsOf(data?.pages)
        .map((run) => run.branch)
        .filter(Boolean),
    ),
  ].sort();
}
