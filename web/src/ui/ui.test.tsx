import { fireEvent, render, screen } from "@testing-library/react";
import { expect, test, vi } from "vitest";
import { aBar } from "../test/builders";
import { Badge, ErrorState, Name, StatusIcon, Table, Thumbnail, Time, thumbnailSources, visibleName } from ".";
import { barsOf, stripSentence } from "./RunStrip";

test("characters that hide or reorder text are written out", () => {
  expect(visibleName("report\u202Egnp.exe")).toBe("report⟨202E⟩gnp.exe");
  expect(visibleName("a\u0000b\nc\u200bd\u001b[31m")).toBe("a⟨0000⟩b⟨000A⟩c⟨200B⟩d⟨001B⟩[31m");
  expect(visibleName("naïve – 図 🎭.txt")).toBe("naïve – 図 🎭.txt");
});

test("a name is text, never markup", () => {
  const { container } = render(<Name>{"<img src=x onerror=alert(1)>"}</Name>);
  expect(container.querySelector("img")).toBeNull();
  expect(container.querySelector("bdi")?.textContent).toBe("<img src=x onerror=alert(1)>");
});

test("an outcome has a name besides its colour", () => {
  render(<StatusIcon of={{ status: "completed", conclusion: "timed_out" }} />);
  expect(screen.getByRole("img", { name: "timed out" })).toBeTruthy();
});

test("an error says what happened and tries again", () => {
  const retry = vi.fn();
  render(<ErrorState title="The runs could not be loaded" error={new Error("no route")} onRetry={retry} />);
  expect(screen.getByRole("alert").textContent).toContain("no route");
  screen.getByRole("button", { name: "Try again" }).click();
  expect(retry).toHaveBeenCalledOnce();
});

test("a time carries its machine form", () => {
  const { container } = render(<Time at="2020-01-01T00:00:00Z" />);
  expect(container.querySelector("time")?.dateTime).toBe("2020-01-01T00:00:00Z");
});

test("a badge explains itself", () => {
  render(<Badge title="why">word</Badge>);
  expect(screen.getByText("word").title).toBe("why");
});

test("a table names its columns, and hides those a narrow window has no room for", () => {
  render(
    <Table columns={[{ label: "Test" }, { label: "Took", align: "right", from: "md" }]}>
      <tr>
        <td>adds</td>
        <td>5ms</td>
      </tr>
    </Table>,
  );
  const took = screen.getByRole("columnheader", { name: "Took" });
  expect(took.className.split(" ")).toEqual(expect.arrayContaining(["text-right", "max-md:hidden"]));
  expect(screen.getByRole("columnheader", { name: "Test" }).className).not.toContain("hidden");
});

test("a picture that cannot be decoded says so", () => {
  const { container } = render(<Thumbnail src="/broken.png" />);
  const image = container.querySelector("img");
  expect(image).not.toBeNull();
  if (image) fireEvent.error(image);
  expect(container.textContent).toContain("cannot be shown");
});

test("bars stand in the order of time, with heights by duration", () => {
  const bars = barsOf([
    aBar({ id: 2, createdAt: "2026-01-02T00:00:00Z", durationMs: 4000 }),
    aBar({ id: 1, createdAt: "2026-01-01T00:00:00Z", durationMs: 1000, conclusion: "failure" }),
    aBar({ id: 3, createdAt: "2026-01-03T00:00:00Z", durationMs: null, status: "queued", conclusion: null }),
  ]);
  expect(bars.map(({ run, outcome, height }) => [run.id, outcome, height])).toEqual([
    [1, "fail", 12],
    [2, "pass", 24],
    [3, "queued", 4],
  ]);
  expect(stripSentence(bars.map((bar) => bar.run))).toBe("Last 3 runs: 1 failed");
});

test("thumbnails come from the server where it makes them", () => {
  expect(thumbnailSources("/api/files/5.1/content").src).toBe("/api/files/5.1/thumbnail?width=320");
  expect(thumbnailSources("/api/files/5.1/content", "image/png").srcSet).toContain(
    "/api/files/5.1/thumbnail?width=640 640w",
  );
  expect(thumbnailSources("/api/files/5.1/content", "image/svg+xml")).toEqual({ src: "/api/files/5.1/content" });
  expect(thumbnailSources("/shot.png")).toEqual({ src: "/shot.png" });
});
