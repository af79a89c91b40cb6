// Finding things: the palette by keyboard alone, the page of results, and addresses of GitHub with the host swapped.
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Run } from "../src/api/types";
import { axeViolations, openPage, startBrowser, type Watched } from "./browser";
import {
  type HistorySubjects,
  historySubjectsOf,
  judged,
  mirrored,
  type Server,
  type Subjects,
  startServer,
  subjectsOf,
} from "./server";

let server: Server;
let browser: Browser;
let subjects: Subjects;
let history: HistorySubjects;

beforeAll(async () => {
  server = await startServer();
  browser = await startBrowser();
  await mirrored(server);
  await judged(server);
  subjects = await subjectsOf(server);
  history = await historySubjectsOf(server);
});
afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

describe("the palette", () => {
  let watched: Watched;
  beforeAll(async () => {
    watched = await openPage(browser, server.url);
    await watched.page.goto("/");
  });
  afterAll(async () => {
    expect(watched.complaints).toEqual([]);
    expect(watched.strangers).toEqual([]);
    await watched.context.close();
  });

  test("a test is found and opened without a mouse", async () => {
    const { page } = watched;
    await page.keyboard.press("Control+k");
    const field = page.getByRole("combobox", { name: /^Search/ });
    await field.waitFor();
    await page.keyboard.type(history.test.name);
    await page.getByRole("option", { name: history.test.name }).first().waitFor();
    expect(await axeViolations(page)).toEqual([]);
    await page.keyboard.press("Enter");
    await page.waitForURL(/\/tests\/\d+$/);
    await page.getByRole("heading", { level: 1, name: history.test.name }).waitFor();
  });

  test("what was opened stands first the next time, and Escape leaves everything as it was", async () => {
    const { page } = watched;
    await page.keyboard.press("Control+k");
    await page.getByRole("group", { name: "Opened lately" }).getByRole("option").first().waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("combobox", { name: /^Search/ }).waitFor({ state: "detached" });
    expect(new URL(page.url()).pathname).toMatch(/^\/tests\/\d+$/);
  });

  test("commands are offered after an angle bracket", async () => {
    const { page } = watched;
    await page.keyboard.press("Control+k");
    await page.keyboard.type("> sync status");
    await page.getByRole("option", { name: "Sync status" }).waitFor();
    await page.keyboard.press("Enter");
    await page.waitForURL("**/sync");
  });

  test("a pasted address of GitHub leads to the run", async () => {
    const { page } = watched;
    await page.keyboard.press("Control+k");
    await page
      .getByRole("combobox", { name: /^Search/ })
      .fill(`https://github.com/${subjects.run.repository}/actions/runs/${subjects.run.id}`);
    await page.getByRole("group", { name: "Go to" }).getByRole("option").waitFor();
    await page.keyboard.press("Enter");
    await page.waitForURL(`**/runs/${subjects.run.id}`);
  });
});

test("all results are on a page whose address has the words and the type", async () => {
  const { page, context, complaints } = await openPage(browser, server.url);
  const word = history.test.name.split(/\s+/)[0] ?? "";
  await page.goto(`/search?q=${encodeURIComponent(word)}`);
  await page.getByRole("region", { name: "Tests" }).getByRole("link").first().waitFor();
  expect(await axeViolations(page)).toEqual([]);
  await page.getByRole("navigation", { name: "Types" }).getByRole("link", { name: "Tests" }).click();
  await page.waitForURL(/type=tests/);
  await page.locator("main [data-row]").first().waitFor();
  await page.reload();
  await page.locator("main [data-row]").first().waitFor();
  expect(complaints).toEqual([]);
  await context.close();
});

describe("addresses of GitHub with the host swapped", () => {
  async function leads(path: string, to: RegExp | string): Promise<void> {
    const { page, context, complaints } = await openPage(browser, server.url);
    await page.goto("/flaky");
    await page.goto(path);
    // GitHub's address itself ends as ours does, so that "**" would be content too early.
    await page.waitForURL(typeof to === "string" ? server.url + to.replace("**", "") : to);
    await page.goBack();
    expect(new URL(page.url()).pathname, "Back leads past the address").toBe("/flaky");
    expect(complaints).toEqual([]);
    await context.close();
  }

  test("run, attempt, job, commit and branch lead to our pages", async () => {
    const { run, job, jobRun } = subjects;
    const base = `/${run.repository}`;
    await leads(base, /\/$/);
    await leads(`${base}/actions`, /\/runs\?repository=/);
    await leads(`${base}/actions/runs/${run.id}`, `**/runs/${run.id}`);
    await leads(`${base}/actions/runs/${run.id}/attempts/1`, `**/runs/${run.id}?attempt=1`);
    await leads(`${base}/actions/runs/${jobRun.id}/job/${job.id}`, `**/runs/${jobRun.id}/jobs/${job.id}`);
    await leads(`${base}/commit/${run.headSha}`, `**/runs?headSha=${run.headSha}`);
    await leads(`${base}/tree/${run.branch}`, /\/runs\?branch=/);
  });

  test("workflows and pull requests too", async () => {
    const workflows = await server.get<{ id: number; path: string; repository: string }[]>("/api/workflows");
    const [workflow] = workflows;
    if (!workflow) throw new Error("no workflow");
    await leads(
      `/${workflow.repository}/actions/workflows/${workflow.path.split("/").at(-1)}`,
      `**/workflows/${workflow.id}`,
    );
    const { runs } = await server.get<{ runs: Run[] }>("/api/runs?event=pull_request&limit=100");
    const run = runs.find((one) => one.pullRequests.length > 0);
    if (run) await leads(`/${run.repository}/pull/${run.pullRequests[0]}/checks`, /\/runs\?branch=/);
  });

  test("what is not mirrored is said", async () => {
    const { page, context } = await openPage(browser, server.url);
    await page.goto(`/${subjects.run.repository}/actions/runs/1`);
    await page.getByText(/Run 1 of .* is not mirrored/).waitFor();
    await page.goto("/nobody/nothing/actions/runs/1");
    await page.getByText("The repository nobody/nothing is not mirrored here.").waitFor();
    await page.goto("/nobody/nothing/issues/1");
    await page.getByText("This page does not exist").waitFor();
    expect(await axeViolations(page)).toEqual([]);
    await context.close();
  });
});
