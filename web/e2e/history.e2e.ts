// The way of a user through test history: a failed test, its history, its family, the grid, a comparison.
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

describe("the journey", () => {
  let watched: Watched;
  beforeAll(async () => {
    watched = await openPage(browser, server.url);
  });
  afterAll(() => watched.context.close());

  test("a failed run shows a failed test and why it failed, without a click", async () => {
    const { page } = watched;
    const { run, result } = subjects;
    await page.goto(`/runs/${run.id}?result=${result.id}`);
    const failure = page.getByRole("region", { name: "Failure", exact: true });
    await failure.getByRole("heading", { name: result.name }).waitFor();
    const message = await failure.getByRole("region", { name: "Message" }).innerText();
    const firstLine = (result.failure?.message ?? "").trim().split("\n")[0] ?? "";
    expect(message).toContain(firstLine.slice(0, 20));
  });

  test("from there to the history of the test, and to a result in it", async () => {
    const { page } = watched;
    const { result } = subjects;
    await page
      .getByRole("region", { name: "Failure", exact: true })
      .getByRole("link", { name: "History", exact: true })
      .click();
    await page.waitForURL(`**/tests/${result.testId}`);
    await page.getByRole("heading", { level: 1, name: result.name }).waitFor();
    await page.getByRole("region", { name: "Verdict" }).waitFor();
    const history = page.getByRole("region", { name: /^History/ });
    await history.getByLabel("Status").selectOption("failed");
    await page.waitForURL(/status=failed/);
    await loaded(page);
    await history
      .getByRole("link", { name: /^failed in #/ })
      .first()
      .click();
    await page.waitForURL(/tab=tests/);
    await page.locator("main [aria-expanded=true]").waitFor();
  });

  test("the tests of a run are narrowed by status", async () => {
    const { page } = watched;
    const { run } = subjects;
    await page.goto(`/runs/${run.id}?tab=tests`);
    await loaded(page);
    await page.getByLabel("Status").selectOption("failed");
    await page.waitForURL(/status=failed/);
    await loaded(page);
    await expect
      .poll(() =>
        page
          .getByRole("region", { name: /^Tests/ })
          .getByRole("img", { name: "passed", exact: true })
          .count(),
      )
      .toBe(0);
    expect(
      await page
        .getByRole("region", { name: /^Reports/ })
        .locator("tbody tr")
        .count(),
    ).toBeGreaterThan(0);
  });

  test("tests are searched, and each leads to its page", async () => {
    const { page } = watched;
    const { test: subject } = subjects;
    await page.goto("/tests");
    const word = subject.name.split(/\s+/)[0] ?? "";
    await page.getByRole("searchbox").fill(word);
    await page.waitForURL(/[?&]q=/);
    await loaded(page);
    await page.locator(`main a[href="/tests/${subject.id}"]`).first().click();
    await page.getByRole("heading", { level: 1, name: subject.name }).waitFor();
  });

  test("the grid is walked with the keyboard and opens the result of a cell", async () => {
    const { page } = watched;
    const { workflow } = subjects;
    await page.goto(`/workflows/${workflow.id}?view=grid`);
    const grid = page.getByRole("grid");
    await grid.focus();
    await page.keyboard.press("n");
    const cell = grid.getByRole("gridcell");
    expect(await cell.innerText()).toMatch(/, run \d+, (failed|flaky)/);
    const drawn = await grid.locator("canvas").evaluate((element) => {
      const canvas = element as HTMLCanvasElement;
      const context = canvas.getContext("2d");
      if (!context || canvas.width === 0) return 0;
      return context.getImageData(0, 0, canvas.width, canvas.height).data.filter((byte) => byte > 0).length;
    });
    expect(drawn).toBeGreaterThan(100);
    await page.keyboard.press("Enter");
    await page.waitForURL(/\/runs\/\d+\?tab=tests/);
    await page.locator("main [aria-expanded=true]").waitFor();
    await page.goBack();
    await page.waitForURL(/cell=/);
  });

  test("a run is compared with the last green one", async () => {
    const { page } = watched;
    const { run } = subjects;
    await page.goto(`/runs/${run.id}`);
    await page.getByRole("link", { name: "Compare with last green" }).click();
    await page.waitForURL(/tab=compare/);
    await page.getByRole("region", { name: "The two runs" }).waitFor();
    await loaded(page);
    const text = await page.locator("main").innerText();
    expect(text).toMatch(/This run|Nothing to compare with/);
  });

  test("a family of failures leads to its tests and runs", async () => {
    const { page } = watched;
    const { family } = subjects;
    await page.goto("/failures");
    await page.locator(`main a[href="/failures/${family.id}"]`).click();
    await page.getByRole("region", { name: /^Tests with it/ }).waitFor();
    expect(
      await page
        .getByRole("region", { name: /^Runs with it/ })
        .locator("li")
        .count(),
    ).toBeGreaterThan(0);
  });

  test("letters after g lead to the pages of test history", async () => {
    const { page } = watched;
    for (const [key, path] of [
      ["t", "/tests"],
      ["f", "/flaky"],
      ["x", "/failures"],
    ] as const) {
      await page.keyboard.press("g");
      await page.keyboard.press(key);
      await page.waitForURL(`**${path}`);
    }
  });

  test("all of it without a policy violation or a request elsewhere", () => {
    // A comparison may answer 404 with its reason, which the browser logs as an error.
    expect(watched.complaints.filter((text) => !text.includes("/compare"))).toEqual([]);
    expect(watched.strangers).toEqual([]);
  });
});

describe("every address", () => {
  const addresses: [name: string, address: () => string, heading: () => string | RegExp][] = [
    ["failed tests", () => `/runs/${subjects.run.id}`, () => /#\d+$/],
    ["tests of a run", () => `/runs/${subjects.run.id}?tab=tests&result=${subjects.result.id}`, () => /#\d+$/],
    ["comparison", () => `/runs/${subjects.run.id}/compare?with=${subjects.run.id}`, () => /#\d+$/],
    ["grid", () => `/workflows/${subjects.workflow.id}?view=grid&green=1`, () => subjects.workflow.name],
    ["tests", () => "/tests?sort=flakiness", () => "Tests"],
    ["test", () => `/tests/${subjects.test.id}`, () => subjects.test.name],
    ["flaky", () => "/flaky", () => "Flaky tests"],
    ["failures", () => "/failures?sort=runs", () => "Failures"],
    ["failure", () => `/failures/${subjects.family.id}`, () => /.+/],
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

  test.each(addresses)("%s fits a telephone", async (_, address) => {
    const { page, context } = await openPage(browser, server.url, { width: 360 });
    await page.goto(address());
    await page.getByRole("heading", { level: 1 }).waitFor();
    await loaded(page);
    expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBeLessThanOrEqual(0);
    expect(await axeViolations(page)).toEqual([]);
    await context.close();
  });

  test.each(["/tests/999999999", "/failures/999999999", "/tests/abc"])("%s is a tidy 404", async (address) => {
    const { page, context } = await openPage(browser, server.url);
    await page.goto(address);
    await page.getByText(/does not exist/).waitFor();
    await context.close();
  });
});
