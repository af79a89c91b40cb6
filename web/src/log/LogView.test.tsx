import { fireEvent, render, screen, waitFor } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { LogView } from "./LogView";

const LOG = [
  "2026-07-29T04:35:58.8546573Z ##[group]Run tests",
  "2026-07-29T04:35:59.8546573Z one",
  "2026-07-29T04:35:59.8546573Z ##[endgroup]",
  "2026-07-29T04:36:00.8546573Z two",
  "2026-07-29T04:36:01.8546573Z ##[error]Process completed with exit code 1.",
  "",
].join("\n");

function serve(answer: () => Response): void {
  vi.stubGlobal("fetch", async () => answer());
}

beforeEach(() => {
  // Nothing has a height here; a list needs one to draw rows.
  vi.spyOn(HTMLElement.prototype, "clientHeight", "get").mockReturnValue(400);
});
afterEach(() => {
  vi.unstubAllGlobals();
  window.location.hash = "";
});

function lines(): string[] {
  return [...document.querySelectorAll(".log-row")].map((row) => row.querySelector(".log-text")?.textContent ?? "");
}

describe("the log view", () => {
  it("shows lines, folds groups and counts what is marked", async () => {
    serve(() => new Response(LOG));
    render(<LogView url="/api/jobs/1/log" label="build" kind="log" />);
    await screen.findByText("5 lines");
    expect(screen.getByRole("button", { name: "1 error" })).toBeTruthy();
    expect(screen.getByText("1 line folded away")).toBeTruthy();
    expect(lines()).toEqual(["Run tests  1 line", "two", "Error: Process completed with exit code 1."]);
    fireEvent.click(screen.getByRole("button", { name: "Unfold all groups" }));
    expect(lines()).toEqual(["Run tests", "one", "two", "Error: Process completed with exit code 1."]);
  });

  it("counts, filters and refuses a wrong expression", async () => {
    serve(() => new Response(LOG));
    render(<LogView url="/api/jobs/2/log" label="build" kind="log" />);
    await screen.findByText("5 lines");
    const field = screen.getByLabelText("Search in this text");
    fireEvent.change(field, { target: { value: "o" } });
    await screen.findByText("1 / 3");
    fireEvent.change(field, { target: { value: "two" } });
    await screen.findByText("1 / 1");
    fireEvent.click(screen.getByRole("button", { name: "Only matching lines" }));
    await waitFor(() => expect(lines()).toEqual(["two"]));
    expect(screen.getByText("4 lines hidden by the filter")).toBeTruthy();
    fireEvent.click(screen.getByRole("button", { name: "Regular expression" }));
    fireEvent.change(field, { target: { value: "(" } });
    await screen.findByText("not valid");
  });

  it("marks the lines of the address and unfolds what hides them", async () => {
    window.location.hash = "#L2-L4";
    serve(() => new Response(LOG));
    render(<LogView url="/api/jobs/3/log" label="build" kind="log" />);
    await screen.findByText("5 lines");
    const selected = [...document.querySelectorAll(".log-row.is-selected .log-text")].map((text) => text.textContent);
    expect(selected).toEqual(["one", "two"]);
  });

  it("puts a chosen range into the address", async () => {
    serve(() => new Response("a\nb\nc\nd\n"));
    render(<LogView url="/api/files/1.1/content" label="a.txt" kind="text" />);
    await screen.findByText("4 lines");
    const numbers = [...document.querySelectorAll(".log-number")];
    fireEvent.click(numbers[2] as Element);
    expect(window.location.hash).toBe("#L3");
    fireEvent.click(numbers[0] as Element, { shiftKey: true });
    expect(window.location.hash).toBe("#L1-L3");
  });

  it("tells why a log is not here, and tries again", async () => {
    serve(() => Response.json({ title: "The log has expired", status: 410 }, { status: 410 }));
    render(<LogView url="/api/jobs/4/log" label="build" kind="log" />);
    expect((await screen.findByRole("alert")).textContent).toContain("The log has expired");
    serve(() => new Response("back\n"));
    fireEvent.click(screen.getByRole("button", { name: "Try again" }));
    await screen.findByText("1 line");
  });

  it("says that a text is empty", async () => {
    serve(() => new Response(""));
    render(<LogView url="/api/files/1.2/content" label="a.txt" kind="text" />);
    await screen.findByText("This text is empty.");
  });
});
