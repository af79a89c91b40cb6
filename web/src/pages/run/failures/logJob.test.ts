import { expect, test } from "vitest";
import { aJob } from "../../../test/builders";
import { aResult } from "../../../test/historyBuilders";
import { logJob } from "./logJob";

const failed = (id: number, name: string) => aJob({ id, name, conclusion: "failure" });
const merge = aJob({ id: 11, name: "merge reports" });

test("the job that made the report and failed has the log", () => {
  expect(logJob(aResult(), [failed(11, "test"), failed(12, "chromium")])).toBe(11);
  expect(logJob(aResult(), undefined)).toBe(11);
});

test("where it only gathered reports, the failed job named like the variant has it", () => {
  const jobs = [failed(12, "e2e (firefox, 2/2)"), failed(13, "e2e (chromium, 2/2)"), merge];
  expect(logJob(aResult({ variant: "project=chromium" }), jobs)).toBe(13);
  expect(logJob(aResult({ variant: "project=webkit" }), jobs)).toBe(11);
  expect(logJob(aResult(), [failed(12, "e2e"), merge])).toBe(12);
});
