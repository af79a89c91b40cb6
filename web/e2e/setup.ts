// Before all browser tests: one server with the demonstration repository, mirrored and judged once for all files.
import type { TestProject } from "vitest/node";
import { judged, mirrored, startDemo } from "./server";

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await startDemo();
  project.provide("demo", server.url);
  try {
    await mirrored(server);
    await judged(server);
  } catch (error) {
    await server.stop();
    throw error;
  }
  return server.stop;
}
