// The way of a user through the application: list, history, run, screenshot, JSON, log, refresh.
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { axeViolations, loaded, openPage, startBrowser, type Watched } from "./browser";
import { mirrored, type Server, type Subjects, startServer, subjectsOf } from "./server";

let server: Server;
let browser: Browser;
let subjects: Subjects;

beforeAll(async () => {
  server = await startServer();
  browser = await startBrowser();
  await mirrored(server);
  subjects = await subjectsOf(server);
});
afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

describe("the journey", () => {
  let watched: Watched;
  beforeAll(async () => {
    watched = await openPage(browser, server.url);
  });
  afterAll(() => watched.context.close());

  test("the workflow list leads to the history of a workflow", async () => {
    const { page } = watched;
    const { run } = subjects;
    await page.goto("/workflows");
    await page.getByRole("heading", { level: 1, name: "Workflows" }).waitFor();
    await page.getByRole("link", { name: run.workflowName, exact: true }).first().click();
    await page.getByRole("heading", { level: 1, name: run.workflowName }).waitFor();
    expect(new URL(page.url()).pathname).toBe(`/workflows/${run.workflowId}`);
  });

  test("filters go into the address and narrow the list", async () => {
    const { page } = watched;
    const { run } = subjects;
    await page.getByLabel("Status").selectOption(run.conclusion);
    await page.waitForURL(/[?&]status=/);
    await page.getByRole("searchbox").fill(String(run.runNumber));
    await page.waitForURL(/[?&]q=/);
    await page.locator(`main a[href="/runs/${run.id}"][data-row]`).waitFor();
    await page.reload();
    await page.locator(`main a[href="/runs/${run.id}"][data-row]`).click();
    await page
      .getByRole("heading", { level: 1 })
      .filter({ hasText: `#${run.runNumber}` })
      .waitFor();
  });

  test("a screenshot of the run is seen at a glance and in full", async () => {
    const { page } = watched;
    await page
      .getByRole("navigation", { name: "Views of this run" })
      .getByRole("link", { name: /^Gallery/ })
      .click();
    await page.waitForURL(/tab=gallery/);
    await page.locator("main [data-picture] img").first().waitFor();
    await page.goto(`/runs/${subjects.run.id}?tab=gallery&picture=${subjects.image.id}`);
    await page.getByRole("dialog").getByRole("link", { name: "Open file" }).click();
    await page.waitForURL(/\/files\//);
    await page.goto(`/files/${subjects.image.id}`);
    await page.waitForURL(new RegExp(`/files/${subjects.image.id.replace(".", "\\.")}`));
    const image = page.locator(`main img[src*="/api/files/${subjects.image.id}/content"]`).first();
    await image.waitFor();
    await expect.poll(() => image.evaluate((element) => (element as HTMLImageElement).naturalWidth)).toBeGreaterThan(0);
  });

  test("a JSON file is found by its type and read as a tree", async () => {
    const { page } = watched;
    await page.goto(`/runs/${subjects.run.id}?tab=files`);
    await page.getByLabel("Type of file").selectOption("json");
    await page.waitForURL(/type=json/);
    await page.locator(`main a[href="/files/${subjects.json.id}"]`).click();
    await page.getByRole("heading", { level: 1, name: subjects.json.path.split("/").at(-1) ?? "" }).waitFor();
    const content = (await (await fetch(`${server.url}/api/files/${subjects.json.id}/content`)).json()) as object;
    const [key] = Object.keys(content);
    await page.locator("main").getByText(String(key)).first().waitFor();
  });

  test("the log of a failed job is one click from its run and links to a line", async () => {
    const { page } = watched;
    const { job, jobRun } = subjects;
    await page.goto(`/runs/${jobRun.id}?tab=jobs`);
    await page.locator(`main a[href="/runs/${jobRun.id}/jobs/${job.id}"][data-row]`).click();
    await page.getByRole("heading", { level: 1, name: job.name }).waitFor();
    const lines = page.locator(".log-row");
    await lines.first().waitFor();
    await lines.nth(2).locator(".log-number").click();
    await page.waitForURL(/#L\d+/);
    const linked = page.url();
    await page.goto("about:blank");
    await page.goto(linked);
    await page.locator(".log-row.is-selected").waitFor();
  });

  test("Refresh asks GitHub and tells what it found", async () => {
    const { page } = watched;
    await page.goto("/");
    const answered = page.waitForResponse((response) => response.url().endsWith("/api/refresh"));
    await page.getByRole("banner").getByRole("button", { name: "Refresh" }).click();
    await page.getByRole("banner").getByRole("button", { name: "Refreshing" }).waitFor();
    expect((await answered).ok()).toBe(true);
    await page.getByText(/Nothing new on GitHub|\d+ (new|updated) (run|file|workflow)/).waitFor();
    await page.getByRole("banner").getByRole("button", { name: "Refresh", exact: true }).waitFor();
  });

  test("the keyboard alone leads from the list into a run and back", async () => {
    const { page } = watched;
    await page.goto("/runs");
    await page.locator("main [data-row]").first().waitFor();
    await page.keyboard.press("j");
    await page.keyboard.press("j");
    await page.keyboard.press("k");
    const target = await page.evaluate(() => document.activeElement?.getAttribute("href"));
    await page.keyboard.press("Enter");
    await page.waitForURL(`**${target}`);
    await page.keyboard.press("g");
    await page.keyboard.press("s");
    await page.waitForURL("**/sync");
    await page.keyboard.press("t");
    expect(await page.evaluate(() => document.documentElement.dataset.theme)).toBe("dark");
    await page.keyboard.press("?");
    await page.getByRole("heading", { name: "Keyboard shortcuts" }).waitFor();
    await page.keyboard.press("Escape");
  });

  test("all of it without an error, a policy violation or a request elsewhere", () => {
    expect(watched.complaints).toEqual([]);
    expect(watched.strangers).toEqual([]);
  });
});

describe("live updates", () => {
  test("a refresh asked for elsewhere is seen here without reloading", async () => {
    const { page, context } = await openPage(browser, server.url);
    await page.goto("/runs");
    const refreshed = page.getByRole("banner").locator("time");
    const before = await refreshed.getAttribute("datetime");
    await fetch(`${server.url}/api/refresh`, { method: "POST" });
    await expect.poll(() => refreshed.getAttribute("datetime"), { timeout: 10_000 }).not.toBe(before);
    await context.close();
  });

  test("a lost connection is told, keeps what was loaded, and ends by itself", async () => {
    const { page, context } = await openPage(browser, server.url);
    await page.goto("/runs");
    await page.locator("main [data-row]").first().waitFor();
    // A broken stream: offline mode alone does not cut what is already open.
    await context.setOffline(true);
    await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
    await page.getByText(/Greenroom server cannot be reached/).waitFor();
    expect(await page.locator("main [data-row]").count()).toBeGreaterThan(0);
    await context.setOffline(false);
    await page.getByText(/Greenroom server cannot be reached/).waitFor({ state: "detached" });
    await context.close();
  });
});

describe("every address", () => {
  const addresses: [name: string, address: () => string, heading: () => string | RegExp][] = [
    ["overview", () => "/", () => "Overview"],
    ["workflows", () => "/workflows", () => "Workflows"],
    [
      "workflow",
      () => `/workflows/${subjects.run.workflowId}?status=${subjects.run.conclusion}`,
      () => subjects.run.workflowName,
    ],
    ["runs", () => `/runs?branch=${encodeURIComponent(subjects.run.branch ?? "")}`, () => "Runs"],
    ["run", () => `/runs/${subjects.run.id}`, () => /#\d+$/],
    ["jobs", () => `/runs/${subjects.run.id}?tab=jobs`, () => /#\d+$/],
    ["files", () => `/runs/${subjects.run.id}?tab=files&type=text`, () => /#\d+$/],
    ["artifacts", () => `/runs/${subjects.run.id}?tab=artifacts`, () => /#\d+$/],
    ["gallery", () => `/runs/${subjects.run.id}?tab=gallery`, () => /#\d+$/],
    ["log", () => `/runs/${subjects.jobRun.id}/jobs/${subjects.job.id}#L2-L3`, () => subjects.job.name],
    ["image", () => `/files/${subjects.image.id}`, () => /.+/],
    ["JSON", () => `/files/${subjects.json.id}`, () => /.+/],
    ["text", () => `/files/${subjects.text.id}#L1`, () => /.+/],
    ["report", () => `/files/${subjects.report.id}`, () => /.+/],
    ["sync", () => "/sync", () => "Sync"],
  ];

  test.each(addresses)("%s can be opened afresh, in both themes, and is accessible", async (_, address, heading) => {
    for (const dark of [false, true]) {
      const { page, context, complaints } = await openPage(browser, server.url, { dark });
      await page.goto(address());
      await page.getByRole("heading", { level: 1, name: heading() }).waitFor();
      await loaded(page);
      expect(await page.getByRole("heading", { level: 1 }).count()).toBe(1);
      expect(await axeViolations(page)).toEqual([]);
      expect(complaints).toEqual([]);
      await context.close();
    }
  });

  test.each(["/", "/workflows", "/runs", "/sync"])("%s fits a telephone", async (address) => {
    const { page, context } = await openPage(browser, server.url, { width: 390 });
    await page.goto(address);
    await loaded(page);
    expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBeLessThanOrEqual(0);
    expect(await axeViolations(page)).toEqual([]);
    await context.close();
  });

  test.each(["/nowhere", "/runs/abc", "/runs/999999999999", "/files/1.999999"])("%s is a tidy 404", async (address) => {
    const { page, context } = await openPage(browser, server.url);
    await page.goto(address);
    await page.getByText(/does not exist/).waitFor();
    await context.close();
  });
});

describe("an HTML report", () => {
  test("opens in a frame from which a hostile script reaches nothing", async () => {
    const { page, context, complaints, strangers } = await openPage(browser, server.url);
    await page.goto("/");
    await page.evaluate(() => localStorage.setItem("greenroom.secret", "kept"));
    await page.goto(`/files/${subjects.report.id}`);
    const element = await page.locator("main iframe").elementHandle();
    const frame = await element?.contentFrame();
    if (!element || !frame) throw new Error("the report has no frame");
    await frame.waitForLoadState("load");
    expect(await element.getAttribute("sandbox")).not.toContain("allow-same-origin");

    const before = await server.get<{ lastSyncAt: string }>("/api/sync");
    const loot = await frame.evaluate(async () => {
      const attempt = async (act: () => unknown): Promise<string> => {
        try {
          return `got ${String(await act())}`;
        } catch (error) {
          return `refused: ${(error as Error).name}`;
        }
      };
      return {
        origin: window.origin,
        cookie: await attempt(() => document.cookie || "nothing"),
        storage: await attempt(() => localStorage.getItem("greenroom.secret") ?? "nothing"),
        parent: await attempt(() => window.parent.document.title),
        api: await attempt(async () => (await fetch("/api/sync")).text()),
        post: await attempt(async () => (await fetch("/api/refresh", { method: "POST", mode: "no-cors" })).type),
        outside: await attempt(async () => (await fetch("http://127.0.0.1:9/steal", { mode: "no-cors" })).type),
        worker: await attempt(() => navigator.serviceWorker.register("sw.js")),
        top: await attempt(() => {
          (window.top as Window).location.href = "about:blank";
          return "sent";
        }),
      };
    });
    expect(loot.origin).toBe("null");
    expect(loot.cookie).toMatch(/^(got nothing|refused)/);
    expect(loot.storage).toMatch(/^(got nothing|refused)/);
    for (const name of ["parent", "api", "post", "outside", "worker"] as const)
      expect([name, loot[name]]).toEqual([name, expect.stringMatching(/^refused/)]);
    expect(new URL(page.url()).pathname).toBe(`/files/${subjects.report.id}`);
    expect((await server.get<{ lastSyncAt: string }>("/api/sync")).lastSyncAt >= before.lastSyncAt).toBe(true);
    expect(complaints.filter((text) => text.startsWith("policy"))).toEqual([]);
    expect(strangers.filter((address) => !address.startsWith("http://127.0.0.1:9/"))).toEqual([]);
    await context.close();
  });

  test("works in its frame, storage included", async () => {
    const { page, context, complaints } = await openPage(browser, server.url);
    await page.goto(`/files/${subjects.report.id}`);
    const report = page.frameLocator("main iframe");
    const theme = () => report.locator("body").getAttribute("class");
    const before = await theme();
    await report.getByRole("button", { name: "Theme" }).click();
    await expect.poll(theme).not.toBe(before);
    expect(complaints).toEqual([]);
    await context.close();
  });

  test("is never shown by the plain content address", async () => {
    const answer = await fetch(`${server.url}/api/files/${subjects.report.id}/content`);
    expect(answer.headers.get("content-disposition")).toMatch(/^attachment/);
    expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
    expect(answer.headers.get("content-security-policy")).toContain("sandbox");
  });
});
