import { afterEach, expect, test, vi } from "vitest";
import { lineOfStep, placeOf, target } from "./open";

afterEach(() => vi.unstubAllGlobals());

const steps = [
  { number: 1, firstLine: 1, lastLine: 40 },
  { number: 5, firstLine: 41, lastLine: 90 },
  { number: 7, firstLine: null, lastLine: null },
];
const job = { kind: "job", title: "Job build", url: "/runs/7/jobs/8", jobId: 8, step: 5, line: 12 };

test("a line of a step is counted from where the step begins, and stays in it", () => {
  expect(lineOfStep(steps, 5, 1)).toBe(41);
  expect(lineOfStep(steps, 5, 12)).toBe(52);
  expect(lineOfStep(steps, 5, 9_999)).toBe(90);
  expect(lineOfStep(steps, 7, 3)).toBeNull();
  expect(lineOfStep(steps, 99, 3)).toBeNull();
});

test("an address with a step leads to the line of the log", async () => {
  const asked: string[] = [];
  vi.stubGlobal("fetch", async (request: Request) => {
    asked.push(new URL(request.url).pathname);
    return Response.json({ steps });
  });
  expect(await placeOf(job)).toBe("/runs/7/jobs/8#L52");
  expect(await placeOf({ ...job, line: null })).toBe("/runs/7/jobs/8#L41");
  expect(await placeOf({ ...job, step: null, line: null })).toBe("/runs/7/jobs/8");
  expect(asked).toEqual(["/api/jobs/8/log/index", "/api/jobs/8/log/index"]);
});

test("without a log the job's page is as far as it goes", async () => {
  vi.stubGlobal("fetch", async () => Response.json({ title: "no log" }, { status: 404 }));
  expect(await placeOf(job)).toBe("/runs/7/jobs/8");
});

test("an address is taken apart for the router", () => {
  expect(target("/runs?branch=topic%2Fa")).toEqual({ to: "/runs", search: { branch: "topic/a" } });
  expect(target("/runs/7/jobs/8#L52")).toEqual({ to: "/runs/7/jobs/8", search: {}, hash: "L52" });
});
