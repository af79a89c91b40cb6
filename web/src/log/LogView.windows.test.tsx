import { fireEvent, render, screen, waitFor } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { LogView } from "./LogView";
import type { LineIndex } from "./lineApi";
import { WHOLE_LIMIT_BYTES } from "./source";

const LINES = 10_000;
const index: LineIndex = {
  sizeBytes: WHOLE_LIMIT_BYTES + 1,
  lines: LINES,
  isJobLog: true,
  stride: 1000,
  steps: [],
  groups: [],
  marks: [{ line: 9_000, level: "error", text: "boom" }],
  isCut: false,
  errors: 1,
  warnings: 0,
  minimapStride: 32,
  minimap: [],
  longLines: [],
};

/** A server of a large log: each line says its number, line 9,000 is an error. */
function serve(search: (query: URLSearchParams) => Response): string[] {
  const asked: string[] = [];
  vi.stubGlobal("fetch", async (address: string) => {
    asked.push(address);
    const url = new URL(address, "http://localhost");
    if (url.pathname.endsWith("/index")) return Response.json(index);
    if (url.pathname.endsWith("/search")) return search(url.searchParams);
    if (!url.pathname.endsWith("/lines")) throw new Error(`the whole log was asked for: ${address}`);
    const from = Number(url.searchParams.get("from"));
    const count = Number(url.searchParams.get("count"));
    const line = (number: number) => `${number === 9_000 ? "##[error]" : ""}line ${number}\n`;
    return new Response(Array.from({ length: count }, (_, at) => line(from + at)).join(""));
  });
  return asked;
}

const view = (url: string) => <LogView url={url} label="soak" kind="log" sizeBytes={index.sizeBytes} steps={null} />;
const texts = () => [...document.querySelectorAll(".log-row .log-text")].map((text) => text.textContent);
const press = (key: string) => fireEvent.keyDown(document.body, { key });

beforeEach(() => {
  vi.spyOn(HTMLElement.prototype, "clientHeight", "get").mockReturnValue(400);
});
afterEach(() => {
  vi.unstubAllGlobals();
  window.history.replaceState(null, "", "/");
});

describe("a log too large to be held", () => {
  it("shows the lines that are looked at and jumps to an error by the index", async () => {
    const asked = serve(() => new Response(""));
    render(view("/api/jobs/1/log"));
    await screen.findByText("10,000 lines");
    await waitFor(() => expect(texts()[0]).toBe("line 1"));
    press("e");
    await waitFor(() => expect(document.querySelector(".log-row.is-current")?.textContent).toContain("line 9000"));
    expect(asked.filter((one) => one.includes("/lines")).length).toBeLessThanOrEqual(4);
  });

  it("is searched on the server, and the matches alone can be shown", async () => {
    serve((query) => {
      expect(query.get("q")).toBe("boom");
      return new Response(
        '{"line":5000,"spans":[]}\n{"searched":8000}\n{"line":9000,"spans":[]}\n{"done":true,"cut":true}\n',
      );
    });
    render(view("/api/jobs/2/log"));
    await screen.findByText("10,000 lines");
    fireEvent.change(screen.getByLabelText("Search in this text"), { target: { value: "boom" } });
    await screen.findByText("1 / 2+");
    press("F");
    await waitFor(() => expect(texts()).toEqual(["line 5000", "Error: line 9000"]));
    expect(screen.getByText("9,998 lines hidden by the filter")).toBeTruthy();
  });

  it("tells what the server says of a wrong expression", async () => {
    serve(() => Response.json({ title: "Bad Request", detail: "q: unclosed group." }, { status: 400 }));
    render(view("/api/jobs/3/log"));
    await screen.findByText("10,000 lines");
    fireEvent.click(screen.getByRole("button", { name: "Regular expression" }));
    fireEvent.change(screen.getByLabelText("Search in this text"), { target: { value: "(" } });
    expect((await screen.findByText("not valid")).title).toContain("unclosed group");
  });
});

describe("filters and marks", () => {
  it("of texts are added by keys, are in the address, and can be taken away", async () => {
    vi.stubGlobal("fetch", async () => new Response("good one\nbad two\ngood three\nbad four\n"));
    window.history.replaceState(null, "", "/?in=good");
    render(<LogView url="/api/jobs/4/log" label="build" kind="log" />);
    await waitFor(() => expect(texts()).toEqual(["good one", "good three"]));
    fireEvent.change(screen.getByLabelText("Search in this text"), { target: { value: "three" } });
    press("O");
    await waitFor(() => expect(texts()).toEqual(["good one"]));
    await waitFor(() => expect(window.location.search).toContain("out=three"));
    fireEvent.click(screen.getByRole("button", { name: /^with\s*good/ }));
    await waitFor(() => expect(texts()).toEqual(["good one", "bad two", "bad four"]));
  });

  it("go from mark to mark", async () => {
    vi.stubGlobal("fetch", async () => new Response("a\nb\nc\nd\n"));
    window.history.replaceState(null, "", "/?marks=2.4");
    render(<LogView url="/api/jobs/5/log" label="build" kind="log" />);
    await screen.findByText("4 lines");
    const current = () => document.querySelector(".log-row.is-current .log-text")?.textContent;
    press("'");
    await waitFor(() => expect(current()).toBe("b"));
    press("'");
    await waitFor(() => expect(current()).toBe("d"));
    press("m");
    await waitFor(() => expect(window.location.search).toBe("?marks=2"));
  });
});
