// Files as a reader meets them: pictures compared by mouse and by keys, the gallery, the ways to look at a file.
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { File, FilePage, Run, RunPage } from "../src/api/types";
import { axeViolations, openPage, startBrowser, type Watched } from "./browser";
import { mirrored, type Server, startServer } from "./server";

let server: Server;
let browser: Browser;
let run: Run;
let actual: File;
let others: File[];

/** The newest run in which a picture differs from what was expected, and its files. */
async function comparable(): Promise<{ run: Run; files: File[] }> {
  let cursor: string | null = null;
  do {
    const page: RunPage = await server.get(
      `/api/runs?limit=100${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ""}`,
    );
    for (const one of page.runs.filter(({ status, summary }) => status === "completed" && summary.images > 0)) {
      const { files } = await server.get<FilePage>(`/api/runs/${one.id}/files?limit=100`);
      if (files.some(({ path }) => path.endsWith("-actual.png"))) return { run: one, files };
    }
    cursor = page.nextCursor;
  } while (cursor);
  throw new Error("no run compares pictures");
}

beforeAll(async () => {
  server = await startServer();
  browser = await startBrowser();
  await mirrored(server);
  const found = await comparable();
  run = found.run;
  others = found.files;
  const picture = found.files.find(({ path }) => path.endsWith("-actual.png"));
  if (!picture) throw new Error("the picture has gone");
  actual = picture;
});
afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

async function withPage(look: (watched: Watched) => Promise<void>, options: { width?: number; dark?: boolean } = {}) {
  const watched = await openPage(browser, server.url, options);
  try {
    await look(watched);
    expect(watched.complaints).toEqual([]);
    expect(watched.strangers).toEqual([]);
  } finally {
    await watched.context.close();
  }
}

describe("a picture and what was expected", () => {
  test("differ by a number of pixels, told in words", async () => {
    await withPage(async ({ page }) => {
      await page.goto(`/files/${actual.id}`);
      await page.getByRole("navigation", { name: "View as" }).getByRole("link", { name: "Compare" }).click();
      await page.waitForURL(/as=compare/);
      await page.getByText(/px changed \(.* %\) in \d+ areas?/).waitFor();
    });
  });

  test("every way to compare is a key, and stands in the address", async () => {
    await withPage(async ({ page }) => {
      await page.goto(`/files/${actual.id}?as=compare`);
      await page.getByRole("group", { name: "Way to compare" }).waitFor();
      for (const [key, mode] of [
        ["s", "side"],
        ["l", "slider"],
        ["o", "onion"],
        ["b", "blink"],
        ["d", "diff"],
      ]) {
        await page.keyboard.press(key ?? "");
        await page.waitForURL(new RegExp(`mode=${mode}`));
      }
      await page.goto(`/files/${actual.id}?as=compare&mode=slider`);
      const split = page.getByRole("slider");
      await split.focus();
      await page.keyboard.press("Home");
      expect(await split.getAttribute("aria-valuenow")).toBe("0");
      await page.keyboard.press("ArrowRight");
      expect(await split.getAttribute("aria-valuenow")).toBe("2");
    });
  });

  test("panes move together", async () => {
    await withPage(async ({ page }) => {
      await page.goto(`/files/${actual.id}?as=compare&mode=side`);
      const panes = page.locator(".pair-pane");
      await panes.nth(1).waitFor();
      await panes.first().focus();
      await page.keyboard.press("1");
      await page.keyboard.press("ArrowRight");
      const transforms = await page
        .locator(".pair-pane .pair-window:first-child .pair-layer")
        .evaluateAll((layers) => layers.map((layer) => (layer as HTMLElement).style.transform));
      expect(transforms.length).toBeGreaterThan(1);
      expect(new Set(transforms).size).toBe(1);
      expect(transforms[0]).toContain("scale(1)");
    });
  });
});

describe("the gallery", () => {
  test("is walked, opened and closed by keys alone", async () => {
    await withPage(async ({ page }) => {
      await page.goto(`/runs/${run.id}?tab=gallery`);
      const pictures = page.locator("main [data-picture]");
      await pictures.nth(1).waitFor();
      await pictures.first().focus();
      await page.keyboard.press("ArrowRight");
      const second = await pictures.nth(1).getAttribute("data-picture");
      await page.keyboard.press("Enter");
      await page.waitForURL(new RegExp(`picture=${second?.replace(".", "\\.")}`));
      const box = page.getByRole("dialog");
      await box.waitFor();
      await page.keyboard.press("ArrowLeft");
      await page.waitForURL((url) => url.searchParams.get("picture") !== second);
      await page.keyboard.press("Escape");
      await page.waitForURL((url) => !url.searchParams.has("picture"));
      expect(await box.count()).toBe(0);
    });
  });

  test("shows thumbnails, and nothing moves when they come", async () => {
    await withPage(async ({ page }) => {
      await page.goto(`/runs/${run.id}?tab=gallery`);
      const first = page.locator("main [data-picture] img").first();
      await expect.poll(() => first.evaluate((image) => (image as HTMLImageElement).naturalWidth)).toBeGreaterThan(0);
      expect(await first.evaluate((image) => (image as HTMLImageElement).currentSrc)).toContain("/thumbnail?width=");
    });
  });
});

test("every file can be read as bytes, and the way to read it is a link", async () => {
  const [file] = others;
  await withPage(async ({ page }) => {
    await page.goto(`/files/${file?.id}?as=hex`);
    await page.locator(".hex-row").first().waitFor();
    await expect.poll(() => page.locator(".hex-values").first().innerText()).toMatch(/^[0-9a-f]{2} /);
    await page.getByLabel("Go to").fill("0x10");
    await page.keyboard.press("Enter");
  });
});

test.each([
  { width: 1440, dark: false },
  { width: 390, dark: true },
])("is accessible at %o", async (options) => {
  await withPage(async ({ page }) => {
    for (const path of [
      `/runs/${run.id}?tab=gallery`,
      `/runs/${run.id}?tab=gallery&picture=${actual.id}`,
      `/files/${actual.id}`,
      `/files/${actual.id}?as=compare&mode=side`,
      `/files/${actual.id}?as=compare&mode=slider`,
      `/files/${actual.id}?as=hex`,
    ]) {
      await page.goto(path);
      await page.getByRole("heading", { level: 1 }).waitFor();
      await page.waitForFunction(() => document.querySelector("[role=status][aria-label^=Loading]") === null);
      expect(await axeViolations(page), path).toEqual([]);
      expect(
        await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth),
        `${path} fits the window`,
      ).toBe(true);
    }
  }, options);
});
