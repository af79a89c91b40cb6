// A GitHub whose every name was chosen by a stranger: passes on what the pretended one says, with other names in it.
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** Markup that would run, were it read as markup. */
export const markup = `"><img src=x onerror="window.__began=true"><script>window.__began=true</script>`;
/** A name that reads backwards and hides a part of itself. */
export const reversed = "invoice\u202egnp\u202c.exe\u200b";

/** A name that tries everything at once. */
export function strange(word: string): string {
  return `${word} ${markup} ${reversed}`;
}

const long = (word: string) => strange(word) + "x".repeat(64 * 1024);

/** What each field of GitHub's answers becomes, by the list it stands in. */
const names: Record<string, Record<string, unknown>> = {
  workflow_runs: {
    display_title: long("title"),
    name: strange("workflow"),
    head_branch: long("branch"),
    event: "pull_request",
    html_url: "javascript:window.__began=true//github.com/acme/checkout",
    actor: { login: strange("actor"), id: 1, avatar_url: "javascript:window.__began=true" },
    triggering_actor: { login: strange("actor"), id: 1 },
    head_commit: {
      id: "e07d41c0e07d41c0e07d41c0e07d41c0e07d41c0",
      tree_id: "e07d41c0e07d41c0e07d41c0e07d41c0e07d41c1",
      message: `${long("commit")}\n\nbody`,
      author: { name: strange("author") },
    },
  },
  workflows: {
    name: strange("workflow"),
    html_url: "https://me:secret@evil.example/acme/checkout",
    state: strange("state"),
  },
  jobs: {
    name: strange("job"),
    runner_name: strange("runner"),
    labels: [strange("label")],
    html_url: "http://github.com/acme/checkout/actions/runs/1/job/1",
  },
  artifacts: {},
};

function renamed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(renamed);
  if (value === null || typeof value !== "object") return value;
  const changed = Object.entries(value).map(([list, items]) => {
    const change = names[list];
    if (!change || !Array.isArray(items)) return [list, items];
    return [
      list,
      items.map((item: Record<string, unknown>) => ({
        ...item,
        ...change,
        ...(Array.isArray(item.steps) && {
          steps: item.steps.map((step: object) => ({ ...step, name: strange("step") })),
        }),
      })),
    ];
  });
  const whole = Object.fromEntries(changed) as Record<string, unknown>;
  // A run that is asked for by its id.
  return "display_title" in whole ? { ...whole, ...names.workflow_runs } : whole;
}

/** Listens before `api`; the address is GitHub's to whoever is given it. */
export async function strangeHub(api: string): Promise<{ server: Server; url: string }> {
  const server = createServer(async (request, answer) => {
    try {
      const headers = Object.entries(request.headers).filter(([name]) => !["host", "connection"].includes(name));
      const reply = await fetch(api + (request.url ?? "/"), {
        method: request.method ?? "GET",
        headers: headers as [string, string][],
        redirect: "manual",
      });
      const isJson = /json/.test(reply.headers.get("content-type") ?? "");
      const body = Buffer.from(await reply.arrayBuffer());
      const isChanged = isJson && body.length > 0;
      answer.statusCode = reply.status;
      for (const [name, value] of reply.headers) {
        if (!["content-length", "content-encoding", "transfer-encoding", "connection"].includes(name))
          answer.setHeader(name, value);
      }
      answer.end(isChanged ? JSON.stringify(renamed(JSON.parse(body.toString()))) : body);
    } catch {
      answer.statusCode = 502;
      answer.end();
    }
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}
