import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { createMemoryHistory, RouterProvider } from "@tanstack/react-router";
import { act, fireEvent, render, screen, waitFor, within } from "@testing-library/react";
import { afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { createAppRouter } from "../router";

// The application comes in lazily loaded pieces, which takes its time on a busy machine.
vi.setConfig({ testTimeout: 30_000 });
const soon = { timeout: 10_000 };

const group = (type: string, items: object[]) => ({ type, items, more: false, nextCursor: null });
const login = {
  id: "7",
  title: "logs in",
  context: "auth",
  repository: "acme/shop",
  url: "/tests/7",
  at: null,
  status: null,
  conclusion: null,
  runNumber: null,
  branch: null,
  actor: null,
  verdict: "healthy",
  runs: null,
  sizeBytes: null,
};
let questions: string[];
let answer: (q: string) => Response;

beforeAll(async () => {
  await import("./Palette");
}, 60_000);
beforeEach(() => {
  localStorage.clear();
  questions = [];
  answer = () => Response.json({ groups: [group("tests", [login])], resolved: null, notMirrored: null });
  vi.stubGlobal("fetch", async (request: Request) => {
    const url = new URL(request.url);
    if (url.pathname !== "/api/search") return Response.json({ title: "not here" }, { status: 404 });
    const q = url.searchParams.get("q") ?? "";
    questions.push(q);
    return answer(q);
  });
});
afterEach(() => vi.unstubAllGlobals());

async function open() {
  const router = createAppRouter(createMemoryHistory({ initialEntries: ["/flaky"] }));
  const queries = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  await act(async () => {
    render(
      <QueryClientProvider client={queries}>
        <RouterProvider router={router as never} />
      </QueryClientProvider>,
    );
  });
  await screen.findByRole("button", { name: "Search tests, runs, files" }, soon);
  await act(async () => {
    fireEvent.keyDown(window, { key: "k", ctrlKey: true });
  });
  return { router, field: await screen.findByRole("combobox", {}, soon) };
}

const dialog = () => within(screen.getByRole("dialog", { name: "Search and commands" }));

/** Marks cut a name into pieces; together they are the name. */
async function optionOf(text: string): Promise<void> {
  await waitFor(
    () =>
      expect(
        dialog()
          .getAllByRole("option")
          .some((one) => one.textContent?.includes(text)),
      ).toBe(true),
    soon,
  );
}

const selected = () => screen.getAllByRole("option").find((option) => option.getAttribute("aria-selected") === "true");

test("the chord opens it with commands, and the arrows move among them", async () => {
  const { field } = await open();
  const first = selected();
  expect(first?.id).toBe(field.getAttribute("aria-activedescendant"));
  fireEvent.keyDown(field, { key: "ArrowDown" });
  expect(selected()).not.toBe(first);
  fireEvent.keyDown(field, { key: "ArrowUp" });
  expect(selected()).toBe(first);
  expect(questions).toEqual([]);
});

test("words are asked once they rest; Enter opens the result and remembers it", async () => {
  const { router, field } = await open();
  for (const value of ["l", "lo", "log"]) fireEvent.change(field, { target: { value } });
  await optionOf("logs in");
  expect(questions).toEqual(["log"]);
  expect(screen.getByText("log").tagName).toBe("MARK");
  await act(async () => {
    fireEvent.keyDown(field, { key: "Enter" });
  });
  await vi.waitFor(() => expect(router.state.location.pathname).toBe("/tests/7"), soon);
  expect(localStorage.getItem("greenroom.recents")).toContain("/tests/7");
});

test("nothing found says what was looked through", async () => {
  answer = () => Response.json({ groups: [group("tests", [])], resolved: null, notMirrored: null });
  const { field } = await open();
  fireEvent.change(field, { target: { value: "zzz" } });
  await screen.findByText(/Looked through tests, failures, runs/, {}, soon);
});

test("a failed search can be tried again", async () => {
  answer = () => Response.json({ title: "Internal error", status: 500 }, { status: 500 });
  const { field } = await open();
  fireEvent.change(field, { target: { value: "zzz" } });
  const again = await dialog().findByRole("button", { name: /Try again/ }, soon);
  answer = () => Response.json({ groups: [group("tests", [login])], resolved: null, notMirrored: null });
  fireEvent.click(again);
  await optionOf("logs in");
});

test("a pasted address of GitHub leads to our page, and says where it is not mirrored", async () => {
  answer = (q) =>
    q.endsWith("/7")
      ? Response.json({
          groups: [],
          resolved: { kind: "run", title: "#12 A run", url: "/runs/7", jobId: null, step: null, line: null },
          notMirrored: null,
        })
      : Response.json({ groups: [], resolved: null, notMirrored: "Run 8 of acme/shop is not mirrored." });
  const { field } = await open();
  fireEvent.change(field, { target: { value: "https://github.com/acme/shop/actions/runs/8" } });
  await screen.findByText("Run 8 of acme/shop is not mirrored.", {}, soon);
  fireEvent.change(field, { target: { value: "https://github.com/acme/shop/actions/runs/7" } });
  await optionOf("#12 A run");
});
