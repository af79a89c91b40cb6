// A workflow over time: its trends by keyboard, its grid as a table and pinned, its jobs, and two runs picked to compare.
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { axeViolations, loaded, openPage, startBrowser, type Watched } from "./browser";
import { type HistorySubjects, historySubjectsOf, judged, mirrored, type Server, startServer } from "./server";

let server: Server;
let browser: Browser;
let subjects: HistorySubjects;

beforeAll(async () => {
  server = await startServer();
  browser = await startBrowser();
  await mirrored(server);
  await judged(server);
  subjects = await historySubjectsOf(server);
});
afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

describe("a workflow", () => {
  let watched: Watched;
  beforeAll(async () => {
    watched = await openPage(browser, server.url);
  });
  afterAll(() => watched.context.close());

  test("its trends are walked with the keyboard and lead to the runs of a time", async () => {
    const { page } = watched;
    await page.goto(`/workflows/${subjects.workflow.id}?view=trends`);
    const chart = page.getByRole("slider", { name: "Runs" });
    await chart.focus();
    const newest = await chart.getAttribute("aria-valuetext");
    await page.keyboard.press("ArrowLeft");
    expect(await chart.getAttribute("aria-valuetext")).not.toBe(newest);
    // All charts share the crosshair.
    const places = await page
      .getByRole("slider")
      .evaluateAll((all) => all.map((one) => one.getAttribute("aria-valuenow")));
    expect(new Set(places).size).toBe(1);
    await page.keyboard.press("End");
    await page.keyboard.press("Enter");
    await page.waitForURL(/from=.*&to=/);
    await loaded(page);
    await page.goBack();
    await page.waitForURL(/view=trends/);
    await page.getByRole("button", { name: "View as table" }).click();
    await page.waitForURL(/as=table/);
    expect(
      await page
        .getByRole("region", { name: /^Figures/ })
        .locator("tbody tr")
        .count(),
    ).toBe(30);
  });

  test("its grid is a table for those who ask, and a cell can be pinned", async () => {
    const { page } = watched;
    await page.goto(`/workflows/${subjects.workflow.id}?view=grid`);
    const grid = page.getByRole("grid");
    await grid.focus();
    await page.keyboard.press("n");
    await page.keyboard.press(" ");
    await page.waitForURL(/pin=1/);
    await page.getByRole("button", { name: "Unpin" }).waitFor();
    await page.keyboard.press("Escape");
    await page.waitForFunction(() => !window.location.search.includes("pin="));
    await page.getByRole("button", { name: "View as table" }).click();
    const table = page.getByRole("region", { name: "Tests and runs as a table" });
    await table.waitFor();
    expect(await table.getByText("failed", { exact: true }).count()).toBeGreaterThan(0);
  });

  test("its jobs unfold to their steps", async () => {
    const { page } = watched;
    await page.goto(`/workflows/${subjects.workflow.id}?view=jobs`);
    const job = page.locator("main a[data-row][aria-expanded]").first();
    await job.click();
    await page.waitForURL(/job=/);
    await page.getByRole("heading", { name: "Slowest steps" }).waitFor();
  });

  test("two runs are picked with x and compared", async () => {
    const { page } = watched;
    await page.goto(`/workflows/${subjects.workflow.id}`);
    await page.locator("main [data-row]").nth(1).waitFor();
    await page.keyboard.press("j");
    await page.keyboard.press("x");
    await page.waitForURL(/pick=/);
    await page.keyboard.press("j");
    await page.keyboard.press("x");
    await page.getByText("Two runs selected").waitFor();
    await page.getByRole("region", { name: "Selected runs" }).getByRole("link", { name: "Compare" }).click();
    await page.waitForURL(/compare/);
    await loaded(page);
    await page.goBack();
    await page.getByText("Two runs selected").waitFor();
  });

  test("all of it without a policy violation or a request elsewhere", () => {
    expect(watched.complaints.filter((text) => !text.includes("/compare"))).toEqual([]);
    expect(watched.strangers).toEqual([]);
  });
});

describe("every view", () => {
  const views = [
    "view=trends",
    "view=trends&as=table",
    "view=grid&as=table&green=1",
    "view=grid&colour=duration&group=suite",
    "view=jobs",
  ];

  test.each(views)("%s can be opened afresh, in both themes and on a telephone, and is accessible", async (query) => {
    for (const [dark, width] of [
      [false, 1280],
      [true, 1280],
      [false, 360],
    ] as const) {
      const { page, context, complaints } = await openPage(browser, server.url, { dark, width });
      await page.goto(`/workflows/${subjects.workflow.id}?${query}`);
      await page.getByRole("heading", { level: 1, name: subjects.workflow.name }).waitFor();
      await loaded(page);
      expect(await axeViolations(page)).toEqual([]);
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      expect(overflow).toBeLessThanOrEqual(0);
      expect(complaints).toEqual([]);
      await context.close();
    }
  });
});
