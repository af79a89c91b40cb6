// The log of a job by keyboard alone, links to its lines, and a log that is too large to be held.
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Job } from "../src/api/types";
import { axeViolations, openPage, startBrowser } from "./browser";
import { mirrored, type Server, type Subjects, startServer, subjectsOf } from "./server";

let server: Server;
let browser: Browser;
let subjects: Subjects;
let path: string;

beforeAll(async () => {
  server = await startServer();
  browser = await startBrowser();
  await mirrored(server);
  subjects = await subjectsOf(server);
  path = `/runs/${subjects.jobRun.id}/jobs/${subjects.job.id}`;
});
afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

interface Index {
  lines: number;
  marks: { line: number; level: string }[];
  steps: { number: number; firstLine: number | null }[];
}

const indexOf = () => server.get<Index>(`/api/jobs/${subjects.job.id}/log/index`);

/** The number of the line the reader is at. */
const currentLine = (page: Page) => page.locator(".log-row.is-current .log-number").first().textContent();

async function openLog(page: Page, rest = ""): Promise<void> {
  await page.goto(`${path}${rest}`);
  await page.locator(".log-row").first().waitFor();
  await page
    .getByText(/^[\d,]+ lines$/)
    .last()
    .waitFor();
}

describe("the log of a job", () => {
  test("is read with the keyboard alone, and a link leads back", async () => {
    const watched = await openPage(browser, server.url);
    const { page, context, complaints } = watched;
    await context.grantPermissions(["clipboard-read", "clipboard-write"]);
    const index = await indexOf();
    const error = index.marks.find((mark) => mark.level === "error");
    await openLog(page);

    await page.keyboard.press("e");
    await expect.poll(() => currentLine(page)).toBe(String(error?.line));
    await page.keyboard.press("L");
    await page.waitForURL(new RegExp(`#L${error?.line}$`));
    const link = await page.evaluate(() => navigator.clipboard.readText());
    expect(link).toBe(`${server.url}${path}#L${error?.line}`);

    await page.keyboard.press("m");
    await page.waitForURL(new RegExp(`marks=${error?.line}`));
    await page.keyboard.press("/");
    await page.keyboard.type("run");
    await page.keyboard.press("Enter");
    await page.waitForURL(/find=run/);
    await page.keyboard.press("Escape");
    await page.keyboard.press("'");
    await expect.poll(() => currentLine(page)).toBe(String(error?.line));

    await page.keyboard.press("?");
    await page
      .getByRole("dialog")
      .getByText(/next.*error/i)
      .first()
      .waitFor();
    await page.keyboard.press("Escape");
    expect(complaints).toEqual([]);

    await page.goto("about:blank");
    await page.goto(link);
    await page.locator(`.log-row.is-selected .log-number`, { hasText: String(error?.line) }).waitFor();
    await context.close();
  });

  test("shows only what matches, as the address says", async () => {
    const { page, context } = await openPage(browser, server.url);
    await openLog(page, "?find=Run%20&case=1&only=1");
    await expect
      .poll(async () => {
        const texts = await page.locator(".log-row .log-text").allTextContents();
        return texts.length > 0 && texts.every((text) => text.includes("Run "));
      })
      .toBe(true);
    await page.keyboard.press("F");
    await page.waitForURL((url) => !url.searchParams.has("only"));
    await context.close();
  });

  test("has steps that lead to their lines, and links of GitHub find them", async () => {
    const { page, context } = await openPage(browser, server.url);
    const { steps } = await indexOf();
    const at = steps.findIndex(({ number, firstLine }) => number > 2 && firstLine !== null);
    const step = steps[at];
    await openLog(page);
    await page.getByRole("list", { name: "Steps" }).getByRole("button").nth(at).click();
    await expect.poll(() => currentLine(page)).toBe(String(step?.firstLine));
    await page.keyboard.press("[");
    await expect.poll(async () => Number(await currentLine(page))).toBeLessThan(step?.firstLine ?? 0);
    await page.goto("about:blank");
    await openLog(page, `#step:${step?.number}:2`);
    await page.locator(".log-row.is-selected .log-number", { hasText: String((step?.firstLine ?? 0) + 1) }).waitFor();
    await context.close();
  });

  test("fits a phone and is accessible", async () => {
    const { page, context } = await openPage(browser, server.url, { width: 360, dark: true });
    await openLog(page);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
    expect(await axeViolations(page)).toEqual([]);
    await page.getByRole("button", { name: "More" }).click();
    await page.getByRole("button", { name: "Wrap long lines" }).waitFor();
    await context.close();
  });
});

describe("a log too large to be held", () => {
  test("comes in windows and is searched on the server", async () => {
    const { page, context, complaints } = await openPage(browser, server.url);
    const index = await indexOf();
    // The server says of a real log that it is a large one; everything else is as it is.
    await page.route(/\/api\/runs\/\d+\/jobs/, async (route) => {
      const answer = await route.fetch();
      const { jobs } = (await answer.json()) as { jobs: Job[] };
      for (const job of jobs) job.log.sizeBytes = 500_000_000;
      await route.fulfill({ response: answer, json: { jobs } });
    });
    const asked: string[] = [];
    page.on("request", (request) => asked.push(new URL(request.url()).pathname));
    await openLog(page);
    await page.keyboard.press("G");
    await expect
      .poll(async () => (await page.locator(".log-row .log-number").allTextContents()).includes(String(index.lines)))
      .toBe(true);
    await page.keyboard.press("/");
    await page.keyboard.type("Run ");
    await page.waitForResponse(/\/log\/search\?/);
    await page.locator(".log-row.is-current mark").first().waitFor();
    expect(asked.filter((one) => one.endsWith(`/jobs/${subjects.job.id}/log`))).toEqual([]);
    expect(asked.filter((one) => one.endsWith("/log/lines")).length).toBeGreaterThan(0);
    expect(complaints).toEqual([]);
    await context.close();
  });
});
