// The first page: the way to a failing run by keyboard, what the address keeps, two runs compared by a drag, and the wall.
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Overview } from "../src/api/types";
import { axeViolations, openPage, startBrowser } from "./browser";
import { judged, mirrored, type Server, startServer } from "./server";

/** For what follows from an answer of the server. */
const patient = { timeout: 15_000 };

let server: Server;
let browser: Browser;
let overview: Overview;

beforeAll(async () => {
  server = await startServer();
  browser = await startBrowser();
  await mirrored(server);
  await judged(server);
  overview = await server.get<Overview>("/api/overview");
});
afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

describe("the first page", () => {
  test("the keyboard alone leads to a failing run", async () => {
    const { page, context, complaints } = await openPage(browser, server.url);
    await page.goto("/runs");
    await page.locator("main [data-row]").first().waitFor();
    await page.keyboard.press("g");
    await page.keyboard.press("o");
    await page.getByRole("heading", { level: 2, name: /Needs attention/ }).waitFor();
    await page.keyboard.press("j");
    const row = await page.evaluate(() => document.activeElement?.getAttribute("href"));
    expect(row).toMatch(/^\/workflows\/\d+$/);
    // From the name of the workflow on: since when it fails.
    let href = row;
    for (let stop = 0; stop < 6 && !href?.startsWith("/runs/"); stop++) {
      await page.keyboard.press("Tab");
      href = await page.evaluate(() => document.activeElement?.getAttribute("href"));
    }
    await page.keyboard.press("Enter");
    await page.waitForURL(`**${href}**`);
    await page.getByRole("heading", { level: 1 }).waitFor();
    expect(complaints).toEqual([]);
    await context.close();
  });

  test("arrows go along the bars of a strip, and a card tells what each stands for", async () => {
    const { page, context } = await openPage(browser, server.url);
    await page.goto("/");
    const bars = page.locator("main li").first().locator("a[data-bar]");
    await bars.last().focus();
    await page.keyboard.press("ArrowLeft");
    const index = (await bars.count()) - 2;
    const card = page.getByRole("tooltip");
    await card.waitFor();
    const label = await bars.nth(index).getAttribute("aria-label");
    expect(await card.textContent()).toContain(label?.split(" ")[0]);
    await page.keyboard.press("Escape");
    await card.waitFor({ state: "detached" });
    await page.keyboard.press("Enter");
    await page.waitForURL(/\/runs\/\d+/);
    await context.close();
  });

  test("a drag over bars compares two runs", async () => {
    const { page, context } = await openPage(browser, server.url);
    await page.goto("/");
    const bars = page.locator("main li").first().locator("a[data-bar]");
    await bars.first().waitFor();
    const count = await bars.count();
    const [from, to] = [await bars.nth(count - 4).boundingBox(), await bars.nth(count - 1).boundingBox()];
    if (!from || !to) throw new Error("the bars are not on the screen");
    await page.mouse.move(from.x + 3, from.y + from.height / 2);
    await page.mouse.down();
    await page.mouse.move(to.x + 3, to.y + to.height / 2, { steps: 5 });
    await page.mouse.up();
    await page.waitForURL(/\/runs\/\d+.*compare.*with=\d+/);
    await context.close();
  });

  test("window, branch and filter are in the address and survive a reload", async () => {
    const { page, context } = await openPage(browser, server.url);
    await page.goto("/");
    await page.getByRole("group", { name: "Window" }).getByText("30d").click();
    await page.waitForURL(/window=30d/);
    await page.getByLabel("Branch").selectOption("*");
    await page.waitForURL(/branch=/);
    await page.getByRole("searchbox", { name: "Filter workflows" }).fill(overview.workflows[0]?.name ?? "");
    await page.waitForURL(/q=/);
    const asked = page.waitForRequest(/\/api\/overview\?/);
    await page.reload();
    const parameters = new URL((await asked).url()).searchParams;
    expect([parameters.get("window"), parameters.get("branch")]).toEqual(["30d", "*"]);
    await expect.poll(() => page.getByRole("radio", { name: "30d" }).isChecked(), patient).toBe(true);
    await expect.poll(() => page.locator("main [data-row][href^='/workflows/']").count(), patient).toBe(1);
    await context.close();
  });

  test("a pinned workflow stays on top after a reload", async () => {
    const { page, context } = await openPage(browser, server.url);
    await page.goto("/");
    const healthy = page.getByRole("region", { name: /Healthy/ });
    const last = await healthy.locator("[data-row]").last().textContent();
    await healthy
      .locator("li")
      .last()
      .getByRole("button", { name: /on top/ })
      .click();
    await page.mouse.move(0, 0);
    await page.reload();
    await expect.poll(() => healthy.locator("[data-row]").first().textContent(), patient).toBe(last);
    await context.close();
  });

  test.each([
    ["light", 1440],
    ["dark", 1440],
    ["light", 390],
    ["dark", 360],
  ] as const)("nothing to complain about in %s at %i pixels", async (theme, width) => {
    const { page, context, complaints, strangers } = await openPage(browser, server.url, {
      width,
      dark: theme === "dark",
    });
    await page.goto("/");
    await page.getByRole("heading", { level: 2, name: "Just now" }).waitFor();
    expect(await axeViolations(page)).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)).toBe(true);
    expect(complaints).toEqual([]);
    expect(strangers).toEqual([]);
    await context.close();
  });
});

describe("the wall", () => {
  test.each([
    [1920, 1080],
    [1280, 720],
    [390, 844],
  ])("fits %i × %i without scrolling, without controls, failing workflows first", async (width, height) => {
    const { page, context, complaints } = await openPage(browser, server.url, { width });
    await page.setViewportSize({ width, height });
    await page.goto("/?kiosk=1");
    const cards = page.locator("main li");
    await cards.first().waitFor();
    expect(await page.getByRole("banner").count()).toBe(0);
    expect(await page.getByRole("button").count()).toBe(0);
    const size = await page.evaluate(() => ({
      scrolls:
        document.documentElement.scrollHeight > window.innerHeight ||
        document.documentElement.scrollWidth > window.innerWidth,
      outside: [...document.querySelectorAll("main li")].filter((card) => {
        const box = card.getBoundingClientRect();
        return box.bottom > window.innerHeight + 1 || box.right > window.innerWidth + 1;
      }).length,
    }));
    expect(size).toEqual({ scrolls: false, outside: 0 });
    const failing = overview.workflows.find(({ standing }) => standing === "failing");
    if (failing) expect(await cards.first().textContent()).toContain(failing.name);
    expect(await axeViolations(page)).toEqual([]);
    expect(complaints).toEqual([]);
    await context.close();
  });

  test("says loudly when the server is gone", async () => {
    const { page, context } = await openPage(browser, server.url);
    await page.goto("/?kiosk=1");
    await page.locator("main li").first().waitFor();
    await context.setOffline(true);
    await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
    await page
      .getByRole("alert")
      .getByText(/server cannot be reached/)
      .waitFor();
    expect(await page.locator("main li").count()).toBeGreaterThan(0);
    await context.close();
  });
});
