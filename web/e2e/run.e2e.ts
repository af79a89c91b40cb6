// The way from a red run to its cause: failures, tries, pictures, log and waterfall, with the keyboard alone.
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Run, RunTests, TestResult } from "../src/api/types";
import { axeViolations, loaded, openPage, startBrowser, type Watched } from "./browser";
import { judged, type Server, settledRuns, startServer } from "./server";

let server: Server;
let browser: Browser;
/** A run with several failures, one of them tried again. */
let red: { run: Run; results: TestResult[] };
/** A failure with pictures that are compared. */
let pictured: { run: Run; result: TestResult };

async function failuresOf(run: Run): Promise<TestResult[]> {
  return (await server.get<RunTests>(`/api/runs/${run.id}/tests?status=failed`)).tests;
}

beforeAll(async () => {
  server = await startServer();
  browser = await startBrowser();
  await judged(server);
  for (const run of (await settledRuns(server)).filter((one) => one.summary.tests.failed > 0)) {
    const results = await failuresOf(run);
    const first = results[0];
    if (!red && results.length > 1 && (first?.failure?.tries.length ?? 0) > 0) red = { run, results };
    const result = results.find((one) => one.failure?.attachments.some((file) => /-expected\.png$/.test(file.name)));
    if (!pictured && result) pictured = { run, result };
    if (red && pictured) break;
  }
  if (!red || !pictured) throw new Error("the repository lacks a run with tries or with compared pictures");
});
afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

describe("with the keyboard alone", () => {
  let watched: Watched;
  beforeAll(async () => {
    watched = await openPage(browser, server.url);
    await watched.context.grantPermissions(["clipboard-read", "clipboard-write"]);
  });
  afterAll(() => watched.context.close());
  const failure = () => watched.page.getByRole("region", { name: "Failure", exact: true });
  const address = () => new URL(watched.page.url());

  test("n and p go from failure to failure, from any view of the run", async () => {
    const { page } = watched;
    await page.goto(`/runs/${red.run.id}?tab=jobs`);
    await page.getByRole("list", { name: "Jobs by start" }).waitFor();
    await page.getByRole("link", { name: /^Failures \d/ }).waitFor();
    await page.keyboard.press("n");
    await failure().waitFor();
    const first = address().searchParams.get("result");
    await page.keyboard.press("n");
    await expect.poll(() => address().searchParams.get("result")).not.toBe(first);
    await page.keyboard.press("p");
    await expect.poll(() => address().searchParams.get("result")).toBe(first);
  });

  test("a digit shows a try, and the address keeps it", async () => {
    const { page } = watched;
    await page.keyboard.press("1");
    await expect.poll(() => address().searchParams.get("try")).toBe("1");
    await failure().getByText("Of an earlier try only the message is kept").waitFor();
    await page.reload();
    await failure().getByText("Of an earlier try only the message is kept").waitFor();
    const tries = failure().getByRole("navigation", { name: "Tries" });
    expect(await tries.locator("[data-current]").textContent()).toContain("Run");
  });

  test("c copies the failure as Markdown", async () => {
    const { page } = watched;
    await page.keyboard.press("c");
    await page.getByText("Copied as Markdown").waitFor();
    const copied = await page.evaluate(() => navigator.clipboard.readText());
    expect(copied).toMatch(/^### /);
    expect(copied).toContain(`/runs/${red.run.id}`);
  });

  test("letters choose how pictures are compared, and the address keeps it", async () => {
    const { page } = watched;
    await page.goto(`/runs/${pictured.run.id}?result=${pictured.result.id}`);
    await failure()
      .getByRole("region", { name: /^Comparison of/ })
      .waitFor();
    for (const [key, mode] of [
      ["d", "diff"],
      ["l", "slider"],
      ["b", "onion"],
      ["s", "side"],
    ] as const) {
      await page.keyboard.press(key);
      await expect.poll(() => address().searchParams.get("mode")).toBe(mode);
    }
    await page.keyboard.press("l");
    await page.reload();
    await failure()
      .getByRole("region", { name: /^Comparison of/ })
      .waitFor();
    expect(address().searchParams.get("mode")).toBe("slider");
  });

  test("the log is a link away", async () => {
    const { page } = watched;
    await page.goto(`/runs/${red.run.id}`);
    const link = failure()
      .getByRole("link", { name: /^(Log line|Job log)/ })
      .first();
    await link.focus();
    await page.keyboard.press("Enter");
    await page.waitForURL(/\/jobs\/\d+/);
    await page.locator(".log-row").first().waitFor();
  });

  test("a step of a job leads to its lines of the log", async () => {
    const { page } = watched;
    await page.goto(`/runs/${red.run.id}?tab=jobs`);
    const steps = page.getByRole("button", { name: /^Steps of/ }).first();
    await steps.focus();
    await page.keyboard.press("Enter");
    await expect.poll(() => address().searchParams.get("job")).not.toBeNull();
    await page
      .getByRole("list", { name: /^Steps of/ })
      .getByRole("link")
      .first()
      .focus();
    await page.keyboard.press("Enter");
    await page.waitForURL(/\/jobs\/\d+.*#step:\d+:1$/);
  });

  test("without a policy violation or a request elsewhere", () => {
    expect(watched.complaints).toEqual([]);
    expect(watched.strangers).toEqual([]);
  });
});

describe("every view", () => {
  const views: [name: string, address: () => string, sign: string][] = [
    ["failures", () => `/runs/${red.run.id}`, "Failures by cause"],
    ["a failure", () => `/runs/${red.run.id}?tab=failures&result=${red.results[1]?.id}&try=1`, "Tries"],
    ["jobs", () => `/runs/${red.run.id}?tab=jobs`, "Jobs by start"],
    ["comparison", () => `/runs/${red.run.id}?tab=compare&with=${pictured.run.id}`, "The two runs"],
    ["summary", () => `/runs/${red.run.id}?tab=artifacts`, "Jobs by start"],
  ];

  test.each(views)("%s opens afresh, is accessible in both themes and fits a telephone", async (_, address, sign) => {
    for (const [dark, width] of [
      [false, 1280],
      [true, 1280],
      [false, 360],
    ] as const) {
      const { page, context, complaints } = await openPage(browser, server.url, { dark, width });
      await page.goto(address());
      await page.locator(`main [aria-label="${sign}"]`).first().waitFor({ state: "attached" });
      await loaded(page);
      expect(await axeViolations(page)).toEqual([]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBeLessThanOrEqual(
        0,
      );
      expect(complaints).toEqual([]);
      await context.close();
    }
  });
});
