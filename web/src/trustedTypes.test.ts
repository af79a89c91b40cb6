import { expect, test } from "vitest";
import { ownScript } from "./trustedTypes";

const origin = "http://127.0.0.1:3000";

test("own files are scripts, and nothing else is", () => {
  expect(ownScript("/assets/search-1.js", origin)).toBe(`${origin}/assets/search-1.js`);
  for (const address of [
    "https://example.org/assets/a.js",
    "/api/files/1.0/content",
    "/assets/../_view/x/a.js",
    "blob:x",
  ]) {
    expect(() => ownScript(address, origin)).toThrow(/no script of the application/);
  }
});
