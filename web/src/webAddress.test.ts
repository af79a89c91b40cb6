import { describe, expect, it } from "vitest";
import { githubUrl, webUrl } from "./webAddress";

const nowhere = [
  "javascript:alert(1)",
  "JaVaScRiPt:x",
  "java\nscript:x",
  "\tjavascript:x",
  "data:text/html,x",
  "blob:http://127.0.0.1/1",
  "vbscript:x",
  "file:///etc/passwd",
  "//host/x",
  "/api/refresh",
  "https:host",
  "http://",
  "",
];

describe("an address written by others", () => {
  it.each(nowhere)("W16 %j leads nowhere", (text) => {
    expect(webUrl(text)).toBeNull();
    expect(githubUrl(text)).toBeNull();
  });

  it("is followed on the web", () => {
    expect(webUrl("https://example.org/a b")).toBe("https://example.org/a%20b");
    expect(webUrl("HTTP://example.org")).toBe("http://example.org/");
  });
});

describe("an address that GitHub gives", () => {
  it("W16 leads to a place in the repository, by https only", () => {
    const run = "https://github.com/acme/checkout/actions/runs/1";
    expect(githubUrl(run)).toBe(run);
    expect(githubUrl(run, "Acme/Checkout")).toBe(run);
    for (const other of [
      "http://github.com/acme/checkout/actions/runs/1",
      "https://github.com@evil.example/acme/checkout/actions/runs/1",
      "https://me:secret@github.com/acme/checkout/actions/runs/1",
      "https://github.com/acme/other/actions/runs/1",
      "https://github.com/login?return_to=//evil.example",
      "https://github.com",
      null,
      undefined,
    ]) {
      expect(githubUrl(other, "acme/checkout")).toBeNull();
    }
  });
});
