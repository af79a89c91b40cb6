// A Playwright trace and other archives, opened in place: with the mouse, with keys, and by their addresses.
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { File, FilePage, RunPage } from "../src/api/types";
import type { Trace } from "../src/viewers/archive/queries";
import { axeViolations, openPage, startBrowser, type Watched } from "./browser";
import { mirrored, type Server, startServer } from "./server";

let server: Server;
let browser: Browser;
let file: File;
let trace: Trace;
/** The innermost action that failed. */
let failed: number;

/** A trace in which an action failed. */
async function findTrace(): Promise<[File, Trace]> {
  const { runs } = await server.get<RunPage>("/api/runs?conclusion=failure&limit=50");
  for (const run of runs) {
    const { files } = await server.get<FilePage>(`/api/runs/${run.id}/files?q=trace.zip&limit=5`);
    for (const one of files.filter((candidate) => candidate.path.endsWith("trace.zip"))) {
      const found = await server.get<Trace>(`/api/files/${one.id}/trace`);
      if (found.actions.some((action) => action.error)) return [one, found];
    }
  }
  throw new Error("the demo world has no trace with a failed action");
}

beforeAll(async () => {
  server = await startServer();
  browser = await startBrowser();
  await mirrored(server);
  [file, trace] = await findTrace();
  const parents = new Set(trace.actions.filter((action) => action.error).map((action) => action.parent));
  failed = trace.actions.findIndex((action, at) => action.error && !parents.has(at));
});
afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

describe("the quick look at a trace", () => {
  let watched: Watched;
  beforeAll(async () => {
    watched = await openPage(browser, server.url);
  });
  afterAll(() => watched.context.close());

  test("opens at the action that failed, with its error and the page as it was", async () => {
    const { page } = watched;
    await page.goto(`/files/${file.id}`);
    const chosen = page.locator("[role=treeitem][aria-selected=true]");
    await chosen.waitFor();
    expect(await chosen.textContent()).toContain(", failed");
    expect(await chosen.getAttribute("id")).toBe(`trace-action-${failed}`);
    const picture = page.locator("figure img");
    await picture.waitFor();
    await expect
      .poll(() => picture.evaluate((element) => (element as HTMLImageElement).naturalWidth))
      .toBeGreaterThan(0);
    const first = (trace.actions[failed]?.error?.message ?? "").split("\n")[0]?.slice(0, 30) ?? "";
    // Colours of terminals are not shown.
    const esc = String.fromCharCode(27);
    const words = first.split(esc).map((part, at) => (at === 0 ? part : part.replace(/^\[\d*m/, "")));
    await page.getByRole("tabpanel").getByText(words.join("").trim()).first().waitFor();
  });

  test("keys walk through the actions, and the address follows", async () => {
    const { page } = watched;
    await page.keyboard.press("k");
    await page.waitForURL(/action=\d+/);
    const before = page.url();
    expect(before).not.toContain(`action=${failed}&`);
    await page.keyboard.press("j");
    await page.waitForURL(new RegExp(`action=${failed}(&|$)`));
    await page.reload();
    await page.locator(`#trace-action-${failed}[aria-selected=true]`).waitFor();
  });

  test("tabs and time are in the address", async () => {
    const { page } = watched;
    await page.getByRole("tab", { name: /^Network/ }).click();
    await page.waitForURL(/about=network/);
    await page.getByRole("slider", { name: "Time in the trace" }).focus();
    await page.keyboard.press("Home");
    await page.waitForURL(/at=0/);
    await page.reload();
    await page.locator("[role=tab][aria-selected=true]", { hasText: "Network" }).waitFor();
    expect(await page.getByRole("slider").getAttribute("aria-valuenow")).toBe("0");
  });

  test("leads to the files in the archive and back", async () => {
    const { page } = watched;
    await page.getByRole("button", { name: "Files", exact: true }).click();
    await page.waitForURL(/view=files/);
    await page.getByLabel("Filter by path").fill("trace.trace");
    await page.waitForURL(/path=trace/);
    await page.locator(".archive-row").first().click();
    await page.waitForURL(/entry=\d+/);
    await page.locator(".log-row").first().waitFor();
    await page.getByRole("button", { name: "Show the trace" }).click();
    await page.getByRole("tree", { name: "Actions" }).waitFor();
  });

  test("is free of complaints, and asks only this server", () => {
    expect(watched.complaints).toEqual([]);
    expect(watched.strangers).toEqual([]);
  });
});

describe.each([1280, 390])("at %d pixels", (width) => {
  test.each([true, false])("a trace has no serious accessibility violation (dark: %s)", async (dark) => {
    const { page, context } = await openPage(browser, server.url, { width, dark });
    await page.goto(`/files/${file.id}`);
    await page.getByRole("tree", { name: "Actions" }).waitFor();
    expect(await axeViolations(page)).toEqual([]);
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    expect(overflow).toBeLessThanOrEqual(0);
    await context.close();
  });
});
