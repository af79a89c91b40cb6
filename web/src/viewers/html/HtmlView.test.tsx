import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render, screen } from "@testing-library/react";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { File } from "../../api/types";
import { HtmlView, renewInMs, SANDBOX } from "./HtmlView";

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
describe("an HTML report", () => {
  it("opens in a sandbox that is no origin of ours, under the address the server gave", async () => {
    vi.stubGlobal("fetch", async () =>
      Response.json({
        url: "about:blank#token",
        expiresAt: new Date(Date.now() + 1_800_000).toISOString(),
      }),
    );
    render(
      <QueryClientProvider client={new QueryClient({ defaultOptions: { queries: { retry: false } } })}>
        <HtmlView file={file} />
      </QueryClientProvider>,
    );
    const frame = await screen.findByTitle("Untrusted page report/index.html");
    expect(frame.getAttribute("src")).toBe("about:blank#token");
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

  it("renews its address before it expires, but never in a hurry", () => {
    const at = (leftMs: number) => ({ url: "", expiresAt: new Date(1_000_000 + leftMs).toISOString() });
    expect(renewInMs(at(1_800_000), 1_000_000)).toBe(1_740_000);
    expect(renewInMs(at(10), 1_000_000)).toBe(5_000);
    expect(renewInMs({ url: "", expiresAt: "nonsense" }, 0)).toBe(60_000);
  });
});
