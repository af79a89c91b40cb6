// Every address of the application, and what it shows.
import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  notFound,
  type RouterHistory,
  redirect,
} from "@tanstack/react-router";
import { runRange } from "./pages/compare/runIdIn";
import { OverviewPage } from "./pages/overview/OverviewPage";
import {
  parseSearch,
  stringifySearch,
  validateCompareSearch,
  validateFailuresSearch,
  validateFileSearch,
  validateJobSearch,
  validateOverviewSearch,
  validateRunSearch,
  validateRunsSearch,
  validateSearchSearch,
  validateSyncSearch,
  validateTestSearch,
  validateTestsSearch,
  validateWorkflowSearch,
  validateWorkflowsSearch,
} from "./search";
import { NotFound } from "./shell/NotFound";
import { Shell } from "./shell/Shell";
import { ErrorState } from "./ui";

const root = createRootRoute({ component: Shell, notFoundComponent: () => <NotFound /> });

const routes = [
  createRoute({
    getParentRoute: () => root,
    path: "/",
    validateSearch: validateOverviewSearch,
    component: OverviewPage,
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/workflows",
    validateSearch: validateWorkflowsSearch,
    component: lazyRouteComponent(() => import("./pages/workflows/WorkflowsPage"), "WorkflowsPage"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/workflows/$workflowId",
    validateSearch: validateWorkflowSearch,
    component: lazyRouteComponent(() => import("./pages/workflow/WorkflowPage"), "WorkflowPage"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/runs",
    validateSearch: validateRunsSearch,
    component: lazyRouteComponent(() => import("./pages/runs/RunsPage"), "AllRunsPage"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/runs/$runId",
    validateSearch: validateRunSearch,
    component: lazyRouteComponent(() => import("./pages/run/RunPage"), "RunPage"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/runs/$runId/jobs/$jobId",
    validateSearch: validateJobSearch,
    component: lazyRouteComponent(() => import("./pages/job/JobPage"), "JobPage"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/runs/$runId/compare",
    validateSearch: validateCompareSearch,
    beforeLoad: ({ params, search }) => {
      throw redirect({
        to: "/runs/$runId",
        params,
        search: { tab: "compare", ...(search.with ? { with: search.with } : {}) },
        replace: true,
      });
    },
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/compare/$range",
    beforeLoad: ({ params }) => {
      const range = runRange(params.range);
      if (!range) throw notFound();
      const { base, head } = range;
      throw redirect({
        to: "/runs/$runId",
        params: { runId: String(head) },
        search: { tab: "compare", with: base },
        replace: true,
      });
    },
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/tests",
    validateSearch: validateTestsSearch,
    component: lazyRouteComponent(() => import("./pages/tests/TestsPage"), "TestsPage"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/tests/$testId",
    validateSearch: validateTestSearch,
    component: lazyRouteComponent(() => import("./pages/test/TestPage"), "TestPage"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/flaky",
    component: lazyRouteComponent(() => import("./pages/flaky/FlakyPage"), "FlakyPage"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/failures",
    validateSearch: validateFailuresSearch,
    component: lazyRouteComponent(() => import("./pages/failures/FailuresPage"), "FailuresPage"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/failures/$familyId",
    component: lazyRouteComponent(() => import("./pages/failures/FamilyPage"), "FamilyPage"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/files/$fileId",
    validateSearch: validateFileSearch,
    component: lazyRouteComponent(() => import("./pages/file/FilePage"), "FilePage"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/health",
    component: lazyRouteComponent(() => import("./pages/health/HealthPage"), "HealthPage"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/settings",
    component: lazyRouteComponent(() => import("./pages/settings/SettingsPage"), "SettingsPage"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/sync",
    validateSearch: validateSyncSearch,
    component: lazyRouteComponent(() => import("./pages/sync/SyncPage"), "SyncPage"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/search",
    validateSearch: validateSearchSearch,
    component: lazyRouteComponent(() => import("./pages/search/SearchPage"), "SearchPage"),
  }),
  // GitHub's own addresses with the host swapped; whatever else has two segments says that it does not exist.
  createRoute({
    getParentRoute: () => root,
    path: "/$owner/$repository",
    component: lazyRouteComponent(() => import("./pages/github/GitHubPage"), "GitHubPage"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/$owner/$repository/$",
    component: lazyRouteComponent(() => import("./pages/github/GitHubPage"), "GitHubPage"),
  }),
] as const;

/** A router over the browser's address, or over `history`; search parameters are plain text, as GitHub's are. */
export function createAppRouter(history?: RouterHistory) {
  return createRouter({
    routeTree: root.addChildren(routes),
    ...(history ? { history } : {}),
    parseSearch,
    stringifySearch,
    defaultPreload: "intent",
    scrollRestoration: history === undefined,
    defaultErrorComponent: ({ error, reset }) => <ErrorState title="This page broke" error={error} onRetry={reset} />,
  });
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof createAppRouter>;
  }
}
