// Pages as a reader sees them, over answers of the API.
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { createMemoryHistory, RouterProvider } from "@tanstack/react-router";
import { act, fireEvent, render, screen, within } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { RunDetail } from "../api/types";
import { createAppRouter } from "../router";
import { aFile, aJob, anArtifact, aRun, aStep, aSync, aWorkflow } from "../test/builders";

let answers: Record<string, unknown>;
let asked: URL[];

beforeEach(() => {
  answers = { "/api/sync": aSync() };
  asked = [];
  vi.stubGlobal("scrollTo", () => {});
  vi.stubGlobal("fetch", async (request: Request) => {
    const url = new URL(request.url);
    asked.push(url);
    const answer = answers[url.pathname];
    if (answer instanceof Response) return answer.clone();
    return answer === undefined
      ? Response.json(
          { type: "about:blank", title: "Not Found", status: 404, detail: "There is none." },
          { status: 404 },
        )
      : Response.json(answer);
  });
});
afterEach(() => vi.unstubAllGlobals());

async function open(address: string) {
  const router = createAppRouter(createMemoryHistory({ initialEntries: [address] }));
  const queries = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  await act(async () => {
    render(
      <QueryClientProvider client={queries}>
        <RouterProvider router={router} />
      </QueryClientProvider>,
    );
  });
  return router;
}

const lastAsked = (path: string) => asked.filter((url) => url.pathname === path).at(-1)?.search;

test("an empty store says so and offers Refresh", async () => {
  answers["/api/workflows"] = [];
  answers["/api/sync"] = aSync({ state: "empty", lastSyncAt: null });
  await open("/workflows");
  expect(await screen.findByText("Nothing mirrored yet")).toBeTruthy();
  expect(within(screen.getByRole("main")).getByRole("button", { name: "Refresh" })).toBeTruthy();
});

test("workflows show their last run, success rate and durations", async () => {
  answers["/api/workflows"] = [
    aWorkflow({ latestRun: aRun({ conclusion: "failure" }) }),
    aWorkflow({ id: 8, name: "Lint" }),
  ];
  await open("/workflows");
  const failing = await screen.findByRole("region", { name: /Needs attention/ });
  expect(within(failing).getByRole("link", { name: "CI" }).getAttribute("href")).toBe("/workflows/7");
  expect(within(failing).getByText("50%")).toBeTruthy();
  expect(within(failing).getByRole("link", { name: "#41 Add order export" }).getAttribute("href")).toBe("/runs/1");
});

test("an error offers to try again, and trying again helps", async () => {
  answers["/api/workflows"] = Response.json(
    { title: "Service Unavailable", detail: "The database is locked." },
    { status: 503 },
  );
  await open("/workflows");
  expect(await screen.findByText("Service Unavailable: The database is locked.")).toBeTruthy();
  answers["/api/workflows"] = [aWorkflow()];
  await act(async () => screen.getByRole("button", { name: "Try again" }).click());
  expect(await screen.findByRole("link", { name: "CI" })).toBeTruthy();
});

test("filters of the address are asked of the server, and changing one changes the address", async () => {
  answers["/api/runs"] = { runs: [aRun()], nextCursor: null, total: 1, totalIsExact: true };
  const router = await open("/runs?status=failure&q=export&headSha=e07d41c");
  await screen.findByRole("link", { name: "Add order export" });
  expect(lastAsked("/api/runs")).toBe("?q=export&headSha=e07d41c&conclusion=failure&limit=50");
  await act(async () => {
    fireEvent.change(screen.getByLabelText("Event"), { target: { value: "push" } });
  });
  await vi.waitFor(() =>
    expect(router.state.location.search).toEqual({ status: "failure", q: "export", headSha: "e07d41c", event: "push" }),
  );
  await act(async () => screen.getByRole("button", { name: "Remove filter commit e07d41c" }).click());
  await vi.waitFor(() => expect(router.state.location.search).not.toHaveProperty("headSha"));
});

test("more runs come with the cursor, below the first", async () => {
  answers["/api/runs"] = { runs: [aRun()], nextCursor: "next", total: 2, totalIsExact: true };
  await open("/runs");
  await screen.findByRole("link", { name: "Add order export" });
  answers["/api/runs"] = { runs: [aRun({ id: 2, title: "Older" })], nextCursor: null, total: 2, totalIsExact: true };
  await act(async () => screen.getByRole("button", { name: "Load more" }).click());
  expect(await screen.findByRole("link", { name: "Older" })).toBeTruthy();
  expect(screen.getByRole("link", { name: "Add order export" })).toBeTruthy();
  expect(lastAsked("/api/runs")).toContain("cursor=next");
  expect(screen.queryByRole("button", { name: "Load more" })).toBeNull();
});

test("a list with filters that match nothing says so and can be cleared", async () => {
  answers["/api/runs"] = { runs: [], nextCursor: null, total: 0, totalIsExact: true };
  const router = await open("/runs?branch=gone");
  expect(await screen.findByText("No run matches these filters")).toBeTruthy();
  await act(async () => screen.getByRole("button", { name: "Clear filters" }).click());
  await vi.waitFor(() => expect(router.state.location.href).toBe("/runs"));
});

function serve(run: RunDetail, jobs = [aJob()]): void {
  answers[`/api/runs/${run.id}`] = run;
  answers[`/api/runs/${run.id}/jobs`] = { jobs };
}

test("a run tells what the mirror lacks, why, and when it is tried again", async () => {
  serve(
    aRun({
      processing: {
        state: "failed",
        error: "artifact 6: connection reset",
        attempts: 3,
        nextRetryAt: new Date(Date.now() + 3e5).toISOString(),
      },
      artifacts: [
        anArtifact(),
        anArtifact({ id: 6, name: "videos", state: "expired", reason: "GitHub dropped it on 3 May", fileCount: 0 }),
      ],
    }),
  );
  await open("/runs/1");
  expect(await screen.findByText(/Of 2 artifacts, 1 is mirrored; 1 expired on GitHub/)).toBeTruthy();
  expect(screen.getByText(/Mirroring this run failed: artifact 6: connection reset \(3 tries, next/)).toBeTruthy();
  expect(screen.getByText("GitHub dropped it on 3 May")).toBeTruthy();
  expect(screen.getAllByRole("link", { name: /^zip/ })).toHaveLength(1);
});

test("jobs stand in the order they began, open into their steps, and say where a log is missing", async () => {
  const at = (minute: number) => `2026-05-04T10:0${minute}:00Z`;
  const failed = aJob({
    id: 12,
    name: "e2e",
    conclusion: "failure",
    startedAt: at(2),
    completedAt: at(4),
    steps: [aStep({ number: 3, name: "Run tests", conclusion: "failure", startedAt: at(2), completedAt: at(4) })],
    log: { state: "missing", sizeBytes: null, reason: null },
  });
  serve(aRun({ conclusion: "failure" }), [failed, aJob({ startedAt: at(0), completedAt: at(2) })]);
  const router = await open("/runs/1?tab=jobs");
  const jobs = within(await screen.findByRole("region", { name: /Jobs/ }));
  const rows = within(jobs.getByRole("list", { name: "Jobs by start" }));
  expect(rows.getAllByRole("link", { name: /^(build|e2e)$/ }).map((link) => link.textContent)).toEqual([
    "build",
    "e2e",
  ]);
  expect(jobs.getByText("build → e2e").parentElement?.textContent).toBe("critical path build → e2e, 4m 00s");
  expect(rows.getByText("failed, queued 2m 00s, began after 2m 00s, took 2m 00s, on the critical path")).toBeTruthy();
  await act(async () => rows.getByRole("button", { name: "Steps of e2e" }).click());
  expect(router.state.location.searchStr).toBe("?tab=jobs&job=12");
  const steps = within(rows.getByRole("list", { name: "Steps of e2e" }));
  expect(steps.getByRole("link", { name: "Run tests" }).getAttribute("href")).toBe("/runs/1/jobs/12#step:3:1");
  expect(rows.getByText("log missing").title).toContain("GitHub has no log");
});

test("another attempt is asked for by the address", async () => {
  const attempt = {
    attempt: 1,
    status: "completed",
    conclusion: "failure",
    startedAt: null,
    updatedAt: "2026-05-04T10:00:00Z",
    durationMs: 1000,
  };
  serve(aRun({ attempt: 2, attempts: [{ ...attempt, attempt: 2, conclusion: "success" }, attempt] }));
  await open("/runs/1?attempt=1");
  const switches = await screen.findByRole("navigation", { name: "Attempts" });
  expect(
    within(switches)
      .getByRole("link", { name: /Attempt 1/ })
      .getAttribute("aria-current"),
  ).toBe("page");
  expect(lastAsked("/api/runs/1/jobs")).toBe("?attempt=1");
});

test("the files of a run are a tree, filtered by the server", async () => {
  serve(aRun({ artifacts: [anArtifact()], summary: { ...aRun().summary, artifacts: 1, files: 1, text: 1 } }));
  answers["/api/runs/1/files"] = {
    files: [aFile({ path: "logs/a.txt", flags: ["corrupt"] })],
    nextCursor: null,
    total: 1,
  };
  await open("/runs/1?tab=files&type=text&artifact=5&q=a");
  const file = await screen.findByRole("link", { name: /a\.txt/ });
  expect(file.getAttribute("href")).toBe("/files/5.0");
  expect(within(file).getByText("damaged")).toBeTruthy();
  expect(lastAsked("/api/runs/1/files")).toBe("?type=text&q=a&artifactId=5&limit=100");
  await act(async () => screen.getByRole("button", { name: /^logs/ }).click());
  expect(screen.queryByRole("link", { name: /a\.txt/ })).toBeNull();
});

test("what does not exist is a tidy 404", async () => {
  await open("/runs/404");
  expect(await screen.findByText("This run does not exist")).toBeTruthy();
  await open("/nowhere/at/all");
  expect(await screen.findByText("This page does not exist")).toBeTruthy();
});

test("the queue tells what failed and why, and tries it again when asked", async () => {
  answers["/api/sync"] = aSync({ requests: [{ endpoint: "runs", requests: 120, unchanged: 100 }] });
  answers["/api/sync/queue"] = {
    items: [
      {
        kind: "artifact",
        id: 77,
        runId: 1,
        runNumber: 12,
        workflowName: "E2E",
        name: "playwright-report",
        state: "givenUp",
        attempts: 3,
        dueAt: null,
        reason: "connection reset by peer",
      },
    ],
    nextCursor: null,
    counts: [{ kind: "artifact", waiting: 4, running: 1, failed: 0, givenUp: 1 }],
  };
  answers["/api/sync/retry"] = { retried: 1 };
  await open("/sync?state=givenUp");
  const row = (await screen.findByText("connection reset by peer")).closest("tr");
  for (const text of ["artifact playwright-report", "E2E #12", "given up", "3", "with a retry"]) {
    expect(row?.textContent).toContain(text);
  }
  expect(lastAsked("/api/sync/queue")).toBe("?state=givenUp");
  expect(screen.getByText(/120/).textContent).toContain("100 free");
  await act(async () => screen.getByRole("button", { name: "Retry artifact playwright-report" }).click());
  expect(lastAsked("/api/sync/retry")).toBe("?kind=artifact&id=77");
  expect(await screen.findByText("1 item will be tried again now")).toBeTruthy();
});

test("health says which part does not work, and why", async () => {
  answers["/api/health"] = {
    version: "1.2.3",
    state: "failing",
    checks: [
      { name: "database", state: "ok", detail: "The database answers." },
      { name: "storage", state: "failing", detail: "The file storage takes no content; the log says why." },
    ],
    database: "sqlite",
    databaseBytes: 4096,
    liveClients: 2,
    at: "2026-01-01T00:00:00Z",
  };
  await open("/health");
  expect(await screen.findByText("Something does not work.")).toBeTruthy();
  expect(screen.getByText("File storage").closest("li")?.textContent).toContain("does not work");
  expect(screen.getByText("2 browsers")).toBeTruthy();
});

test("settings are applied at once and stay", async () => {
  await open("/settings");
  await act(async () => (await screen.findByRole("radio", { name: "Blue and orange" })).click());
  expect(document.documentElement.dataset.palette).toBe("colourBlind");
  expect(localStorage.getItem("greenroom.palette")).toBe("colourBlind");
  await act(async () => screen.getByRole("radio", { name: "Green and red" }).click());
  await act(async () => screen.getByRole("checkbox", { name: /Single keys/ }).click());
  expect(localStorage.getItem("greenroom.singleKeys")).toBe("off");
  await act(async () => screen.getByRole("checkbox", { name: /Single keys/ }).click());
});
