// Every address of the application that a test walks, in one place: filled with what the server has at the moment.
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { FilePage, Job, Run, RunPage } from "../src/api/types";
import type { HistorySubjects, Server, Subjects } from "./server";

/** An address and what a failure calls it. */
export interface Address {
  name: string;
  path: string;
  /** Where it leads, if not there. */
  leadsTo?: string;
}

/** Kinds of files that the viewers tell apart, by how their names end. */
const kinds: [name: string, ending: RegExp][] = [
  ["image", /\.png$/],
  ["pair", /-diff\.png$/],
  ["drawing", /\.svg$/],
  ["video", /\.webm$/],
  ["PDF", /\.pdf$/],
  ["JSON", /summary\.json$|results\.json$/],
  ["large JSON", /samples\.json$/],
  ["records", /\.ndjson$/],
  ["table", /\.csv$/],
  ["Markdown", /\.md$/],
  ["XML", /\.xml$/],
  ["patch", /\.patch$/],
  ["log", /\.log$/],
  ["report", /index\.html$/],
  ["trace", /trace\.zip$|data\/[0-9a-f]+\.zip$/],
  ["archive", /raw\.zip$/],
  ["requests", /\.har$/],
  ["bytes", /\.bin$/],
];

/** Finds a file of every kind in the runs that have the most kinds. */
async function filesOf(server: Server): Promise<Address[]> {
  const { runs } = await server.get<RunPage>("/api/runs?limit=100&status=completed");
  const found = new Map<string, string>();
  const wanted = runs.filter((run) => run.summary.files > 0);
  const rich = (run: Run) => Number(/soaking|payments to the new/.test(run.title));
  for (const run of wanted.sort((a, b) => rich(b) - rich(a)).slice(0, 40)) {
    if (found.size === kinds.length) break;
    const { files } = await server.get<FilePage>(`/api/runs/${run.id}/files?limit=100`);
    for (const [name, ending] of kinds) {
      const file = files.find(({ path }) => ending.test(path));
      if (file && !found.has(name)) found.set(name, file.id);
    }
  }
  return [...found].map(([name, id]) => ({ name: `file: ${name}`, path: `/files/${id}` }));
}

/** Every address there is something to see at. */
export async function addressesOf(server: Server, subjects: Subjects, history: HistorySubjects): Promise<Address[]> {
  const { run, jobRun, job } = subjects;
  const workflow = history.workflow.id;
  const failed = history.run.id;
  const { jobs } = await server.get<{ jobs: Job[] }>(`/api/runs/${failed}/jobs`);
  const long = jobs.find((one) => one.log.state === "complete") ?? job;
  const of = (name: string, path: string): Address => ({ name, path });
  return [
    of("overview", "/"),
    of("overview of a week, all branches", "/?window=7d&branch=*"),
    of("kiosk", "/?kiosk=1"),
    of("workflows", "/workflows"),
    of("workflow", `/workflows/${workflow}`),
    of("workflow, grid", `/workflows/${workflow}?view=grid`),
    of("runs", "/runs"),
    of("failed runs", "/runs?status=failure&branch=main"),
    ...["failures", "jobs", "tests", "files", "gallery", "compare", "summary"].map((tab) =>
      of(`run, ${tab}`, `/runs/${failed}?tab=${tab}`),
    ),
    of("run, gallery with pictures", `/runs/${run.id}?tab=gallery`),
    of("run, one failure", `/runs/${failed}?tab=failures&result=${history.result.id}`),
    of("run, files of a type", `/runs/${run.id}?tab=files&type=text`),
    of("log", `/runs/${jobRun.id}/jobs/${job.id}#L2-L3`),
    of("log of a failed run", `/runs/${failed}/jobs/${long.id}`),
    { ...of("comparison", `/runs/${failed}/compare`), leadsTo: `/runs/${failed}?tab=compare` },
    {
      ...of("comparison of two", `/compare/${failed}...${run.id}`),
      leadsTo: `/runs/${run.id}?tab=compare&with=${failed}`,
    },
    of("tests", "/tests"),
    of("tests by failures", "/tests?sort=failures"),
    of("test", `/tests/${history.test.id}`),
    of("flaky", "/flaky"),
    of("failures", "/failures"),
    of("failure", `/failures/${history.family.id}`),
    ...(await filesOf(server)),
    of("search", "/search?q=coupon"),
    { ...of("GitHub's own path", `/${run.repository}/actions/runs/${run.id}`), leadsTo: `/runs/${run.id}` },
    of("sync", "/sync"),
    of("health", "/health"),
    of("settings", "/settings"),
  ];
}

/** The patterns of the router that no address of the list fits. */
export function unvisited(addresses: Address[]): string[] {
  const source = readFileSync(resolve(import.meta.dirname, "../src/router.tsx"), "utf8");
  const patterns = [...source.matchAll(/\bpath: "(\/[^"]*)"/g)].map(([, pattern]) => pattern ?? "");
  const fits = (pattern: string) => {
    const shape = new RegExp(`^${pattern.replace(/\$$/, ".+").replace(/\$\w+/g, "[^/]+").replace(/\/$/, "")}/?$`);
    return addresses.some(({ path }) => shape.test(path.split(/[?#]/)[0] ?? ""));
  };
  return patterns.filter((pattern) => !fits(pattern));
}
