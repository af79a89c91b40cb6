import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { createMemoryHistory, createRootRoute, createRouter, RouterProvider } from "@tanstack/react-router";
import { act, render, screen } from "@testing-library/react";
import type { ReactNode } from "react";
import { afterEach, expect, test, vi } from "vitest";
import { aSync } from "../test/builders";
import { Toasts } from "../toast";
import { errorHint, SyncBanners } from "./Banners";
import { RefreshButton } from "./RefreshButton";
import { refreshSentence } from "./useRefresh";

afterEach(() => vi.unstubAllGlobals());

async function show(content: ReactNode): Promise<void> {
  const root = createRootRoute({ component: () => content });
  const router = createRouter({ routeTree: root, history: createMemoryHistory() });
  const queries = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  await act(async () => {
    render(
      <QueryClientProvider client={queries}>
        <RouterProvider router={router as never} />
      </QueryClientProvider>,
    );
  });
}

test("a refresh is told in one line, zeros left out", () => {
  const summary = { newRuns: 3, updatedRuns: 0, newFiles: 12, updatedWorkflows: 0 };
  expect(refreshSentence({ summary })).toBe("3 new runs, 12 new files");
  expect(refreshSentence({ summary: { ...summary, newRuns: 0, newFiles: 0 } })).toBe("Nothing new on GitHub");
});

test("a refused token is told apart from other failures", () => {
  expect(errorHint("github does not accept the token")).toContain("GITHUB_TOKEN");
  expect(errorHint("GitHub answered 502")).toBeNull();
});

test("a full disk is not called a failure of GitHub", async () => {
  await show(
    <SyncBanners sync={aSync({ lastError: "content cannot be kept in FILE_STORAGE_PATH; downloads wait" })} />,
  );
  expect(screen.getByText(/Downloads are waiting\./)).toBeTruthy();
  expect(screen.queryByText(/last check of GitHub failed/)).toBeNull();
});

test("while GitHub limits us, the page says until when and that nothing has to be done", async () => {
  const limitedUntil = new Date(Date.now() + 600_000).toISOString();
  await show(
    <SyncBanners
      sync={aSync({ lastError: "403", rateLimit: { limit: 5000, remaining: 0, resetAt: null, limitedUntil } })}
    />,
  );
  expect(screen.getByText(/GitHub limits us until \d\d:\d\d\. Collection goes on by itself/)).toBeTruthy();
  expect(screen.queryByText(/last check of GitHub failed/)).toBeNull();
});

test("the first sync shows its phase and counts", async () => {
  await show(
    <SyncBanners sync={aSync({ state: "initial", progress: { phase: "artifacts", done: 120, total: 400 } })} />,
  );
  const bar = screen.getByRole("progressbar");
  expect(bar.getAttribute("aria-valuenow")).toBe("120");
  expect(screen.getByText(/Fetching artifacts 120 of 400/)).toBeTruthy();
});

test("the button asks once, shows the work, and tells the result", async () => {
  let finish: (answer: Response) => void = () => {};
  const asked: string[] = [];
  vi.stubGlobal("fetch", (request: Request) => {
    asked.push(`${request.method} ${new URL(request.url).pathname}`);
    if (request.method === "POST") return new Promise<Response>((resolve) => (finish = resolve));
    return Promise.resolve(Response.json(aSync()));
  });
  await show(
    <>
      <RefreshButton />
      <Toasts />
    </>,
  );
  await act(async () => screen.getByRole("button", { name: "Refresh" }).click());
  const busy = await screen.findByRole("button", { name: "Refreshing" });
  await act(async () => busy.click());
  expect(asked.filter((line) => line === "POST /api/refresh")).toHaveLength(1);
  const summary = { newRuns: 3, updatedRuns: 0, newFiles: 12, updatedWorkflows: 0 };
  await act(async () => finish(Response.json({ success: true, summary })));
  expect(await screen.findByText("3 new runs, 12 new files")).toBeTruthy();
});

test("a failed refresh tells the server's reason", async () => {
  vi.stubGlobal("fetch", async (request: Request) =>
    request.method === "POST"
      ? Response.json({ success: false, error: "GitHub limits us until 14:05" }, { status: 503 })
      : Response.json(aSync()),
  );
  await show(
    <>
      <RefreshButton />
      <Toasts />
    </>,
  );
  await act(async () => screen.getByRole("button", { name: "Refresh" }).click());
  expect(await screen.findByText("Refresh failed: GitHub limits us until 14:05")).toBeTruthy();
});
