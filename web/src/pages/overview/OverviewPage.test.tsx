// The first page as a reader sees it, over answers of the API.
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { createMemoryHistory, RouterProvider } from "@tanstack/react-router";
import { act, fireEvent, render, screen, within } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createAppRouter } from "../../router";
import { anOverview, aSync, aWorkflowHead } from "../../test/overviewBuilders";

let answers: Record<string, unknown>;
let asked: URL[];
let queries: QueryClient;

beforeEach(() => {
  answers = { "/api/sync": aSync({ repositories: ["acme/checkout"] }) };
  asked = [];
  localStorage.clear();
  vi.stubGlobal("scrollTo", () => {});
  vi.stubGlobal("fetch", async (request: Request) => {
    const url = new URL(request.url);
    asked.push(url);
    const answer = answers[url.pathname];
    return answer instanceof Response ? answer.clone() : Response.json(answer ?? null, { status: answer ? 200 : 404 });
  });
});
afterEach(() => vi.unstubAllGlobals());

async function open(address: string) {
  const router = createAppRouter(createMemoryHistory({ initialEntries: [address] }));
  queries = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  await act(async () => {
    render(
      <QueryClientProvider client={queries}>
        <RouterProvider router={router} />
      </QueryClientProvider>,
    );
  });
  return router;
}

const failing = aWorkflowHead({
  id: 7,
  name: "E2E",
  standing: "failing",
  failingSince: {
    run: {
      id: 41,
      runNumber: 4809,
      attempt: 1,
      conclusion: "failure",
      createdAt: "2026-05-04T07:00:00Z",
      branch: "main",
      headSha: "9f3c2abdeadbeef",
      commitMessage: "Stack discounts",
      commitAuthor: "Mona",
    },
    streak: 4,
    isLonger: false,
  },
  failedTests: 5,
  topFailures: [
    { testId: 3, name: "applies a discount", suite: "checkout", className: null, novelty: "new", count: 4 },
  ],
});

test("an empty store says so and offers Refresh", async () => {
  answers["/api/overview"] = anOverview();
  answers["/api/sync"] = aSync({ state: "empty", lastSyncAt: null, repositories: [] });
  await open("/");
  expect(await screen.findByText("Nothing mirrored yet")).toBeTruthy();
  expect(within(screen.getByRole("main")).getByRole("button", { name: "Refresh" })).toBeTruthy();
});

test("the first sync shows how far it is", async () => {
  answers["/api/overview"] = anOverview();
  answers["/api/sync"] = aSync({
    state: "initial",
    progress: { phase: "runs", done: 30, total: 120 },
    repositories: [],
  });
  await open("/");
  const main = within(await screen.findByRole("main"));
  expect(await main.findByText(/Reading runs 30 of 120/)).toBeTruthy();
  expect(main.getByRole("progressbar")).toBeTruthy();
});

test("a failing workflow tells since when, who, and what fails", async () => {
  answers["/api/overview"] = anOverview({ workflows: [failing, aWorkflowHead()] });
  await open("/");
  const attention = within(await screen.findByRole("region", { name: /Needs attention/ }));
  expect(attention.getByRole("link", { name: "E2E" }).getAttribute("href")).toBe("/workflows/7");
  expect(attention.getByRole("link", { name: "#4809" }).getAttribute("href")).toBe("/runs/41");
  expect(attention.getByText(/4 runs/)).toBeTruthy();
  expect(attention.getByText("new ×4")).toBeTruthy();
  expect(attention.getByRole("link", { name: "checkout › applies a discount" }).getAttribute("href")).toBe("/tests/3");
  expect(attention.getByText("and 4 more failed tests")).toBeTruthy();
  expect(screen.getByText("1 of 2 workflows fails on the default branch: E2E.")).toBeTruthy();
});

test("window and branch are asked of the server; the default ones stay out of the address", async () => {
  answers["/api/overview"] = anOverview({ workflows: [aWorkflowHead()] });
  const router = await open("/?window=30d");
  expect(asked.findLast(({ pathname }) => pathname === "/api/overview")?.search).toBe("?window=30d");
  const fortnight = await screen.findByRole("radio", { name: "14d" });
  await act(async () => fireEvent.click(fortnight));
  expect(router.state.location.searchStr).toBe("");
  await act(async () => fireEvent.change(screen.getByLabelText("Branch"), { target: { value: "main" } }));
  expect(asked.findLast(({ pathname }) => pathname === "/api/overview")?.search).toBe("?branch=main");
});

test("an error offers to try again, and trying again helps", async () => {
  answers["/api/overview"] = Response.json(
    { title: "Service Unavailable", detail: "The database is locked." },
    { status: 503 },
  );
  await open("/");
  expect(await screen.findByText("Service Unavailable: The database is locked.")).toBeTruthy();
  answers["/api/overview"] = anOverview({ workflows: [aWorkflowHead()] });
  await act(async () => screen.getByRole("button", { name: "Try again" }).click());
  expect(await screen.findByText("Nothing needs attention.")).toBeTruthy();
});

test("a filter that matches nothing can be cleared", async () => {
  answers["/api/overview"] = anOverview({ workflows: [aWorkflowHead()] });
  await open("/?q=zzz");
  const clear = await screen.findByRole("button", { name: "Clear the filter" });
  await act(async () => clear.click());
  expect(await screen.findByRole("link", { name: "CI" })).toBeTruthy();
});

test("several repositories can be chosen from", async () => {
  answers["/api/overview"] = anOverview({ workflows: [aWorkflowHead()] });
  answers["/api/sync"] = aSync({ repositories: ["acme/checkout", "acme/pay"] });
  await open("/");
  const repository = await screen.findByLabelText("Repository");
  await act(async () => fireEvent.change(repository, { target: { value: "acme/pay" } }));
  expect(asked.findLast(({ pathname }) => pathname === "/api/overview")?.searchParams.get("repository")).toBe(
    "acme/pay",
  );
});

const change = (id: number, status = "completed") => ({
  id,
  repository: "acme/checkout",
  workflowId: 1,
  workflowName: "CI",
  runNumber: id,
  attempt: 1,
  status,
  conclusion: status === "completed" ? "success" : null,
  branch: "main",
  at: "2026-05-04T10:00:00Z",
  durationMs: 1000,
  failedTests: null,
  jobsDone: 0,
  jobs: 0,
});

test("new rows wait while somebody points at the list, and old ones are renewed in place", async () => {
  answers["/api/overview"] = anOverview({ workflows: [aWorkflowHead()], recent: [change(1, "in_progress")] });
  await open("/");
  const list = await screen.findByRole("region", { name: "Just now" });
  fireEvent.pointerEnter(list.parentElement as HTMLElement);
  answers["/api/overview"] = anOverview({ workflows: [aWorkflowHead()], recent: [change(2), change(1)] });
  await act(async () => queries.invalidateQueries({ queryKey: ["overview"] }));
  const show = await within(list).findByRole("button", { name: "Show 1 new" });
  expect(within(list).queryByText(/#2/)).toBeNull();
  expect(within(list).getByText(/passed/)).toBeTruthy();
  await act(async () => show.click());
  expect(within(list).getByText(/#2/)).toBeTruthy();
});

test("the wall has no header and no controls", async () => {
  answers["/api/overview"] = anOverview({ workflows: [failing, aWorkflowHead()] });
  await open("/?kiosk=1");
  expect(await screen.findByRole("heading", { level: 1, name: "acme/checkout" })).toBeTruthy();
  expect(screen.queryByRole("button")).toBeNull();
  expect(screen.queryByRole("navigation")).toBeNull();
});
