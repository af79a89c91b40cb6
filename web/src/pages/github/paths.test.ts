import { expect, test } from "vitest";
import { isGitHubPath } from "./paths";

test.each([
  "/acme/shop",
  "/acme/shop/",
  "/acme/shop/actions",
  "/acme/shop/actions/workflows/ci.yml",
  "/acme/shop/actions/runs/123",
  "/acme/shop/actions/runs/123/attempts/2",
  "/acme/shop/actions/runs/123/job/456",
  "/acme/shop/pull/12",
  "/acme/shop/pull/12/checks",
  "/acme/shop/commit/0123abcdef",
  "/acme/shop/tree/feature/with%20blank",
])("%s is GitHub's", (path) => expect(isGitHubPath(path)).toBe(true));

test.each([
  "/",
  "/acme",
  "/acme/shop/issues/4",
  "/acme/shop/actions/runs/x",
  "/acme/shop/actions/runs/0",
  "/acme/shop/actions/caches",
  "/-acme/shop",
  "/acme/shop/commit/xyz",
  "/acme/shop/tree",
])("%s is not", (path) => expect(isGitHubPath(path)).toBe(false));
