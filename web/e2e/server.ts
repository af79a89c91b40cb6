// The real server showing its demonstration repository, started for the browser tests on a free port.
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { inject } from "vitest";
import type {
  Failures,
  Family,
  FilePage,
  Grid,
  Job,
  Run,
  RunPage,
  RunTests,
  SyncStatus,
  Test,
  TestResult,
  Tests,
  Workflow,
} from "../src/api/types";

const startMs = 60_000;
const binary = process.env.GREENROOM_BIN ?? resolve(import.meta.dirname, "../../target/debug/greenroom");
// Built into the same folder.
const simulator = process.env.FAKEHUB_BIN ?? resolve(dirname(binary), "fakehub");

declare module "vitest" {
  interface ProvidedContext {
    demo: string;
  }
}

/** A running server and the questions the tests ask it directly. */
export interface Server {
  url: string;
  get<T>(path: string): Promise<T>;
  stop(): Promise<void>;
}

/** The one server that the files of tests share; they read it and change nothing. Nobody of them stops it. */
export async function startServer(): Promise<Server> {
  const url = inject("demo");
  return { url, get: getter(url), stop: async () => {} };
}

/** Starts `greenroom demo` for all files of tests; `GREENROOM_URL` names one that runs already. */
export async function startDemo(): Promise<Server> {
  const running = process.env.GREENROOM_URL;
  if (running) return { url: running, get: getter(running), stop: async () => {} };
  const folder = mkdtempSync(join(tmpdir(), "greenroom-e2e-"));
  const child = start(binary, ["demo", "--port", "0"], folder, { MAX_CONCURRENT_DOWNLOADS: "8" });
  const url = await addressOf(child);
  return {
    url,
    get: getter(url),
    stop: async () => {
      await end(child);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/**
 * Starts `greenroom serve` for a repository whose only run has an artifact for every folder in `shelf`. `between` may
 * put something between the program and the API: it is given the one address and gives the other.
 */
export async function startServerOf(
  shelf: string,
  between: (api: string) => Promise<string> = async (api) => api,
): Promise<Server> {
  const folder = mkdtempSync(join(tmpdir(), "greenroom-e2e-"));
  const hub = start(simulator, ["serve", "--shelf", shelf], folder, {});
  const said = await sayingOf(hub, /API\s+(http:\/\/\S+)[\s\S]*repository\s+(\S+)\/(\S+)\s+token\s+(\S+)/);
  const [, api, owner, repository, token] = said;
  const child = start(binary, ["serve", "--port", "0"], folder, {
    GITHUB_API_URL: await between(api ?? ""),
    GITHUB_OWNER: owner,
    GITHUB_REPO: repository,
    GITHUB_TOKEN: token,
    POLL_INTERVAL_MINUTES: "60",
    // How full this machine is must not matter.
    MIN_FREE_DISK_GB: "0",
    MAX_DISK_PERCENT: "100",
  });
  const url = await addressOf(child);
  return {
    url,
    get: getter(url),
    stop: async () => {
      await end(child);
      await end(hub);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function start(program: string, words: string[], folder: string, more: Record<string, string | undefined>) {
  return spawn(program, words, {
    cwd: folder,
    env: { ...process.env, RUST_LOG: "info", LOG_FORMAT: "text", ...more },
    stdio: ["ignore", "pipe", "pipe"],
  });
}

async function end(child: ChildProcess): Promise<void> {
  const ended = new Promise((done) => child.once("exit", done));
  if (child.exitCode !== null) return;
  child.kill(child.spawnfile.endsWith("fakehub") ? "SIGINT" : "SIGTERM");
  await ended;
}

async function addressOf(child: ChildProcess): Promise<string> {
  const [, address] = await sayingOf(child, /listening on (http:\/\/127\.0\.0\.1:\d+)/);
  return address ?? "";
}

/** Waits until a program has said what matches. */
function sayingOf(child: ChildProcess, wanted: RegExp): Promise<RegExpExecArray> {
  return new Promise((found, failed) => {
    let said = "";
    const timer = setTimeout(
      () => failed(new Error(`${child.spawnfile} did not say what was waited for:\n${said}`)),
      startMs,
    );
    const listen = (chunk: Buffer) => {
      said += chunk.toString();
      const match = wanted.exec(said);
      if (!match) return;
      clearTimeout(timer);
      found(match);
    };
    child.stdout?.on("data", listen);
    child.stderr?.on("data", listen);
    child.once("error", (error) => failed(new Error(`${child.spawnfile} could not be started: ${error.message}`)));
    child.once("exit", (code) => failed(new Error(`${child.spawnfile} ended with ${code}:\n${said}`)));
  });
}

function getter(url: string): Server["get"] {
  return async <T>(path: string) => {
    const answer = await fetch(url + path);
    if (!answer.ok) throw new Error(`${path} answered ${answer.status}`);
    return (await answer.json()) as T;
  };
}

/** Asks until the answer is what the caller waits for. */
export async function until<T>(what: string, ask: () => Promise<T | undefined>, limitMs = 200_000): Promise<T> {
  const end = Date.now() + limitMs;
  while (Date.now() < end) {
    const found = await ask();
    if (found !== undefined) return found;
    await new Promise((resume) => setTimeout(resume, 200));
  }
  throw new Error(`gave up waiting for ${what}`);
}

/** Waits until the first sync has ended; what still grows in the demonstration may be pending. */
export function mirrored(server: Server): Promise<SyncStatus> {
  return until(
    "the first sync",
    async () => {
      const sync = await server.get<SyncStatus>("/api/sync");
      return sync.state === "operational" && sync.pending < 10 ? sync : undefined;
    },
    600_000,
  );
}

/** What the tests look at: a run with images and JSON, a page that can run scripts, and a job with a log. */
export interface Subjects {
  run: Run;
  image: FilePage["files"][number];
  json: FilePage["files"][number];
  text: FilePage["files"][number];
  report: FilePage["files"][number];
  reportRun: Run;
  job: Job;
  jobRun: Run;
}

/** The newest runs that have ended. */
export async function settledRuns(server: Server): Promise<Run[]> {
  const runs: Run[] = [];
  let cursor: string | null = null;
  do {
    const page: RunPage = await server.get(
      `/api/runs?limit=100${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ""}`,
    );
    runs.push(...page.runs);
    cursor = page.nextCursor;
  } while (cursor && runs.length < 500);
  return runs.filter((run) => run.status === "completed");
}

/** Finds the subjects among the newest runs. */
export async function subjectsOf(server: Server): Promise<Subjects> {
  const settled = await settledRuns(server);
  const files = (run: Run, query: string) => server.get<FilePage>(`/api/runs/${run.id}/files?limit=100&${query}`);

  const run = settled.find((one) => one.summary.images > 0 && one.summary.json > 0 && one.summary.text > 0);
  if (!run) throw new Error("no run has images, JSON and text");
  const [image] = (await files(run, "type=image")).files;
  const [json] = (await files(run, "type=json")).files;
  const text =
    (await files(run, "type=text")).files.find((file) => /\.(log|txt)$/.test(file.path)) ??
    (await files(run, "type=text")).files[0];

  let report: FilePage["files"][number] | undefined;
  let reportRun: Run | undefined;
  for (const one of settled.filter((candidate) => candidate.summary.files > 0).slice(0, 60)) {
    report = (await files(one, "q=index.html")).files.find((file) => file.artifactName === "playwright-report");
    reportRun = one;
    if (report) break;
  }
  let job: Job | undefined;
  let jobRun: Run | undefined;
  for (const one of settled.filter((candidate) => candidate.conclusion === "failure")) {
    const { jobs } = await server.get<{ jobs: Job[] }>(`/api/runs/${one.id}/jobs`);
    job = jobs.find((candidate) => candidate.conclusion === "failure" && candidate.log.state === "complete");
    jobRun = one;
    if (job) break;
  }
  if (!image || !json || !text || !report || !reportRun || !job || !jobRun)
    throw new Error("the repository lacks a subject");
  return { run, image, json, text, report, reportRun, job, jobRun };
}

/** What the tests of test history look at. */
export interface HistorySubjects {
  /** A run with a failed test that says why. */
  run: Run;
  result: TestResult;
  /** A workflow whose newest runs have a failing cell. */
  workflow: Workflow;
  /** A test with failures, and a family of them. */
  test: Test;
  family: Family;
}

/** Finds the subjects of test history. */
export async function historySubjectsOf(server: Server): Promise<HistorySubjects> {
  let run: Run | undefined;
  let result: TestResult | undefined;
  for (const one of (await settledRuns(server)).filter((candidate) => candidate.summary.tests.failed > 0)) {
    const page = await server.get<RunTests>(`/api/runs/${one.id}/tests?status=failed`);
    result = page.tests.find((candidate) => candidate.failure?.message && candidate.familyId !== null);
    run = one;
    if (result) break;
  }
  let workflow: Workflow | undefined;
  for (const one of await server.get<Workflow[]>("/api/workflows")) {
    const grid = await server.get<Grid>(`/api/workflows/${one.id}/grid?hideGreen=1`);
    workflow = one;
    if (grid.tests.some((row) => row.cells.includes("F"))) break;
  }
  const test = (await server.get<Tests>("/api/tests?sort=failures")).tests.find((one) => one.failures > 0);
  const family = (await server.get<Failures>("/api/failures")).failures.find((one) => one.tests > 0);
  if (!run || !result || !workflow || !test || !family)
    throw new Error("the repository lacks a subject of test history");
  return { run, result, workflow, test, family };
}

/** Waits until reports have been read and tests have been judged. */
export function judged(server: Server): Promise<Test> {
  return until("tests with a history", async () => {
    const { tests } = await server.get<Tests>("/api/tests?sort=failures");
    return tests.find((test) => test.failures > 0);
  });
}
