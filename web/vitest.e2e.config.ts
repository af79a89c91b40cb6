// Browser tests: the user's journey through the real binary in headless Chromium.
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    environment: "node",
    include: ["e2e/**/*.e2e.ts"],
    globalSetup: ["e2e/setup.ts"],
    fileParallelism: false,
    // Of the tests that say they may run side by side.
    maxConcurrency: 3,
    testTimeout: 120_000,
    hookTimeout: 300_000,
  },
});
