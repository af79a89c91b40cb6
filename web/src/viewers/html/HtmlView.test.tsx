import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { File } from "../../api/types";
import { HtmlView, renewInMs, SANDBOX } from "./HtmlView";
import { open, stoppedAt } from "./opening";

const file: File = {
  id: "5.1",
  runId: 1,
  artifactId: 5,
  artifactName: "evil\u202etxt",
  path: "report/index.html",
  sizeBytes: 100,
  compressedBytes: 50,
  type: "binary",
  mediaType: "text/html",
  flags: [],
  url: "/api/files/5.1/content",
};

afterEach(() => vi.unstubAllGlobals());

// The frame is looked at, not loaded, hence an address that needs no request.
function show(): void {
  vi.stubGlobal("fetch", async () =>
    Response.json({ url: "about:blank#token", expiresAt: new Date(Date.now() + 1_800_000).toISOString() }),
  );
  render(
    <QueryClientProvider client={new QueryClient({ defaultOptions: { queries: { retry: false } } })}>
      <HtmlView file={file} />
    </QueryClientProvider>,
  );
}

describe("an HTML report", () => {
  it("W12 opens in a sandbox that is no origin of ours, under the address the server gave", async () => {
    show();
    const frame = await screen.findByTitle("Untrusted page report/index.html");
    expect(frame.getAttribute("src")).toBe("about:blank#token");
    expect(SANDBOX).toBe("allow-scripts allow-popups allow-forms allow-downloads allow-modals");
    expect(frame.getAttribute("sandbox")).toBe(SANDBOX);
    expect(frame.getAttribute("sandbox")).not.toContain("same-origin");
    expect(frame.getAttribute("referrerpolicy")).toBe("no-referrer");
    expect(frame.getAttribute("allow")).toBe("");
    expect(screen.getByText(/^Untrusted page from the artifact/).textContent).toContain("evil⟨202E⟩txt");
    expect(screen.getByRole("link", { name: "Open in a tab" }).getAttribute("rel")).toBe("noopener noreferrer");
  });

  it("says so when the server gives no address", async () => {
    vi.stubGlobal("fetch", async () => Response.json({ title: "Gone", status: 410 }, { status: 410 }));
    render(
      <QueryClientProvider client={new QueryClient({ defaultOptions: { queries: { retry: false } } })}>
        <HtmlView file={file} />
      </QueryClientProvider>,
    );
    expect((await screen.findByRole("alert")).textContent).toContain("Gone");
  });

  it("W13 can be stopped, and opened again", async () => {
    show();
    const title = "Untrusted page report/index.html";
    await screen.findByTitle(title);
    fireEvent.click(screen.getByRole("button", { name: "Stop the page" }));
    expect(screen.queryByTitle(title)).toBeNull();
    expect(screen.getByText("Stopped")).toBeTruthy();
    expect(screen.getAllByRole("button", { name: "Show the source" }).length).toBeGreaterThan(0);
    fireEvent.click(screen.getByRole("button", { name: "Open the page" }));
    expect(await screen.findByTitle(title)).toBeTruthy();
  });

  it("W13 that stopped everything when it was opened is not opened by itself the next time", async () => {
    show();
    const frame = await screen.findByTitle("Untrusted page report/index.html");
    expect(stoppedAt(file.id)).toBe(true);
    expect(stoppedAt("5.2")).toBe(false);
    // What a stopped application cannot do: tell that it goes away.
    const kept = sessionStorage.getItem("greenroom.opening") ?? "";
    cleanup();
    expect(frame.isConnected).toBe(false);
    sessionStorage.setItem("greenroom.opening", kept);
    show();
    expect(screen.getByText("This page was not opened")).toBeTruthy();
    expect(screen.queryByTitle(/^Untrusted page/)).toBeNull();
    sessionStorage.clear();
  });

  it("W13 that was left, or shown for a while, is forgotten", () => {
    vi.useFakeTimers();
    open(file.id);
    window.dispatchEvent(new Event("pagehide"));
    expect(stoppedAt(file.id)).toBe(false);
    const opening = open(file.id);
    opening.loaded();
    vi.advanceTimersByTime(2_000);
    expect(stoppedAt(file.id)).toBe(true);
    vi.advanceTimersByTime(2_000);
    expect(stoppedAt(file.id)).toBe(false);
    opening.closed();
    vi.useRealTimers();
  });

  it("W8 that sends messages without end is stopped, one that sends some is not", async () => {
    show();
    const title = "Untrusted page report/index.html";
    await screen.findByTitle(title);
    const send = (count: number) => {
      for (let at = 0; at < count; at++)
        window.dispatchEvent(new MessageEvent("message", { data: { to: "/settings" } }));
    };
    act(() => send(500));
    expect(screen.getByTitle(title)).toBeTruthy();
    act(() => send(600));
    expect(screen.queryByTitle(title)).toBeNull();
    expect(screen.getByText(/messages without end/)).toBeTruthy();
  });

  it("renews its address before it expires, but never in a hurry", () => {
    const at = (leftMs: number) => ({ url: "", expiresAt: new Date(1_000_000 + leftMs).toISOString() });
    expect(renewInMs(at(1_800_000), 1_000_000)).toBe(1_740_000);
    expect(renewInMs(at(10), 1_000_000)).toBe(5_000);
    expect(renewInMs({ url: "", expiresAt: "nonsense" }, 0)).toBe(60_000);
  });
});
