import { describe, expect, it } from "vitest";
import { drawLine, type LineLook } from "./drawLine";
import type { Line } from "./logText";
import { ERROR, GROUP, PLAIN_LINE } from "./prefix";

const ESC = "\u001b";

function draw(
  line: Partial<Line>,
  look: Partial<LineLook> = {},
  row: HTMLElement = document.createElement("div"),
): HTMLElement {
  drawLine(
    row,
    { time: "", kind: PLAIN_LINE, text: "", cutBytes: 0, ...line },
    {
      number: "7",
      href: "#L7",
      fold: null,
      foldedLines: 0,
      inGroup: false,
      selected: false,
      current: false,
      marked: false,
      pattern: null,
      ...look,
    },
  );
  return row;
}

function text(row: HTMLElement): HTMLElement {
  const found = row.querySelector<HTMLElement>(".log-text");
  if (!found) throw new Error("no text");
  return found;
}

describe("drawing a line", () => {
  it("makes text nodes of markup", () => {
    const row = draw({ text: "<img src=x onerror=alert(1)>" });
    expect(row.querySelector("img")).toBeNull();
    expect(text(row).textContent).toBe("<img src=x onerror=alert(1)>");
  });

  it("links its number", () => {
    expect(draw({}).querySelector(".log-number")?.getAttribute("href")).toBe("#L7");
    expect(draw({}, { href: null }).querySelector(".log-number")?.hasAttribute("href")).toBe(false);
  });

  it("leaves nothing of the line that was there before", () => {
    const row = draw(
      { text: `${ESC}[31mred${ESC}[0m`, kind: ERROR, time: "2026-07-29T04:35:58.8546573Z" },
      { selected: true },
    );
    draw({ text: "plain" }, { number: "8", href: "#L8" }, row);
    const fresh = draw({ text: "plain" }, { number: "8", href: "#L8" });
    expect(row.outerHTML).toBe(fresh.outerHTML);
    draw({ text: "other" }, { number: "9", href: "#L9" }, row);
    expect(text(row).textContent).toBe("other");
  });

  it("names the level of a marked line in words", () => {
    const row = draw({ text: "Process completed with exit code 1.", kind: ERROR });
    expect(text(row).textContent).toBe("Error: Process completed with exit code 1.");
    expect(row.classList.contains("is-error")).toBe(true);
  });

  it("gives a group a button that tells its state", () => {
    const row = draw({ text: "Run tests", kind: GROUP }, { fold: "folded", foldedLines: 1200 });
    expect(row.querySelector("button")?.getAttribute("aria-expanded")).toBe("false");
    expect(text(row).textContent).toBe("Run tests  1,200 lines");
  });

  it("says how much of a long line is cut", () => {
    expect(text(draw({ text: "abc", cutBytes: 90_391 })).textContent).toBe("abc … 90,391 more bytes on this line");
  });

  it("uses classes for the theme's colours and properties for others", () => {
    const row = draw({ text: `${ESC}[31;44ma${ESC}[38;2;1;2;3;48;5;231mb${ESC}[0;7mc${ESC}[0;48;5;16md` });
    const spans = [...text(row).children] as HTMLElement[];
    expect(spans.map((span) => span.className)).toEqual([
      "a-fg-1 a-bg-4",
      "a-fg-rgb a-bg-rgb",
      "a-inverse",
      "a-bg-rgb a-on-dark",
    ]);
    expect(spans[1]?.style.getPropertyValue("--span-fg")).toBe("#010203");
    expect(spans[1]?.style.getPropertyValue("--span-bg")).toBe("#ffffff");
  });

  it("shows text that is hidden, or as good as hidden", () => {
    const row = draw({ text: `${ESC}[8ma${ESC}[0;31;41mb${ESC}[38;2;9;9;9;48;2;0;0;9mc` });
    expect([...text(row).children].map((span) => span.className)).toEqual(["a-hidden", "a-hidden", "a-hidden"]);
  });

  it("opens links elsewhere without a referrer", () => {
    const link = draw({ text: `${ESC}]8;;https://a.example/\u0007t` }).querySelector<HTMLAnchorElement>(".log-link");
    expect(link?.href).toBe("https://a.example/");
    expect(link?.rel).toContain("noopener");
    expect(link?.title).toBe("https://a.example/");
  });

  it("highlights matches across colours", () => {
    const row = draw({ text: `fa${ESC}[31mil${ESC}[0med fail` }, { pattern: /fail/giu });
    expect([...row.querySelectorAll("mark")].map((mark) => mark.textContent)).toEqual(["fa", "il", "fail"]);
    expect(text(row).textContent).toBe("failed fail");
  });
});
