// The commands every page has: places, refreshing, theme, permalink, and what follows from the run or workflow shown.
import { useQueryClient } from "@tanstack/react-query";
import { useMatches, useRouter } from "@tanstack/react-router";
import {
  Activity,
  CircleX,
  ExternalLink,
  FlaskConical,
  GitCompareArrows,
  History,
  Keyboard,
  LayoutDashboard,
  Link2,
  type LucideIcon,
  MoonStar,
  RefreshCw,
  RotateCw,
  Search,
  Shuffle,
  Workflow as WorkflowIcon,
} from "lucide-react";
import { useMemo } from "react";
import type { Command } from "../commands";
import { toggleTheme } from "../preferences";
import { useRefresh } from "../shell/useRefresh";
import { showToast } from "../toast";
import { githubUrl as githubUrlOf } from "../webAddress";

const places: [to: string, title: string, icon: LucideIcon, keys?: string, words?: string][] = [
  ["/", "Overview", LayoutDashboard, "g o", "home start"],
  ["/workflows", "Workflows", WorkflowIcon, "g w"],
  ["/runs", "Runs", History, "g r"],
  ["/tests", "Tests", FlaskConical, "g t"],
  ["/flaky", "Flaky tests", Shuffle, "g f"],
  ["/failures", "Failures", CircleX, "g x", "families causes"],
  ["/search", "Search", Search, undefined, "find"],
  ["/sync", "Sync status", Activity, "g s", "queue quota limit"],
];

const placeCommands: Command[] = places.map(([to, title, icon, keys, words]) => ({
  id: `go:${to}`,
  title,
  icon,
  to,
  words: `go to open ${words ?? ""}`,
  ...(keys ? { keys } : {}),
}));

async function copyPermalink(): Promise<void> {
  try {
    await navigator.clipboard.writeText(window.location.href);
    showToast("Permalink copied");
  } catch {
    showToast("The browser did not allow copying; the address bar has the same link.", "fail");
  }
}

/** Where GitHub shows what this page shows, and the run it is about, as far as they are loaded. */
function usePageSubject(): { githubUrl: string | null; runId: string | null } {
  const queries = useQueryClient();
  const matches = useMatches();
  const params = (matches.at(-1)?.params ?? {}) as { runId?: string; workflowId?: string; jobId?: string };
  const urlOf = (key: unknown[]) => {
    const found = queries.getQueryData<{ htmlUrl?: string; repository?: string }>(key);
    return githubUrlOf(found?.htmlUrl, found?.repository);
  };
  const runId = params.runId ?? null;
  const runUrl = runId ? urlOf(["run", Number(runId)]) : null;
  const githubUrl = runUrl
    ? params.jobId
      ? `${runUrl}/job/${params.jobId}`
      : runUrl
    : params.workflowId
      ? urlOf(["workflows", Number(params.workflowId)])
      : null;
  return { githubUrl, runId };
}

/** The commands of this page, those of its subject first. */
export function useBuiltinCommands(): Command[] {
  const queries = useQueryClient();
  const router = useRouter();
  const { refreshNow } = useRefresh();
  const { githubUrl, runId } = usePageSubject();
  return useMemo(() => {
    const subject: Command[] = [];
    if (runId) {
      subject.push({
        id: "compare",
        title: "Compare with last green",
        icon: GitCompareArrows,
        words: "difference what changed",
        to: `/runs/${encodeURIComponent(runId)}/compare`,
      });
    }
    if (githubUrl) {
      subject.push({
        id: "github",
        title: "Open on GitHub",
        icon: ExternalLink,
        run: () => window.open(githubUrl, "_blank", "noopener,noreferrer"),
      });
    }
    return [
      ...subject,
      {
        id: "permalink",
        title: "Copy permalink",
        icon: Link2,
        words: "address share url",
        run: () => void copyPermalink(),
      },
      {
        id: "refresh-view",
        title: "Refresh this view",
        icon: RotateCw,
        keys: "r",
        words: "reload",
        run: () => {
          void queries.invalidateQueries({ predicate: (query) => query.queryKey[0] !== "file" });
          void router.invalidate();
          showToast("View refreshed");
        },
      },
      {
        id: "refresh-github",
        title: "Ask GitHub for what is new",
        icon: RefreshCw,
        words: "refresh sync poll fetch",
        run: refreshNow,
      },
      {
        id: "theme",
        title: "Switch between light and dark",
        icon: MoonStar,
        keys: "t",
        words: "theme colours",
        run: toggleTheme,
      },
      {
        id: "keyboard",
        title: "Show keyboard shortcuts",
        icon: Keyboard,
        keys: "?",
        words: "help keys sheet",
        run: () => window.dispatchEvent(new KeyboardEvent("keydown", { key: "?", bubbles: true })),
      },
      ...placeCommands,
    ];
  }, [queries, router, refreshNow, githubUrl, runId]);
}
