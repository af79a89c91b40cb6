// Going where something found leads, in this tab or in a new one.
import type { useRouter } from "@tanstack/react-router";
import { client, read } from "../api/client";
import type { Resolved } from "../api/types";
import { parseSearch } from "../search";

type Router = ReturnType<typeof useRouter>;

/** An address of ours as the router wants it. */
export function target(url: string): { to: string; search: Record<string, string>; hash?: string } {
  const { pathname, search, hash } = new URL(url, window.location.origin);
  return { to: pathname, search: parseSearch(search), ...(hash ? { hash: hash.slice(1) } : {}) };
}

/** Opens an address of ours. */
export function openPlace(router: Router, url: string, inNewTab: boolean): void {
  if (inNewTab) window.open(url, "_blank", "noopener");
  else void router.navigate(target(url) as never);
}

interface StepLines {
  number: number;
  firstLine: number | null;
  lastLine: number | null;
}

/** The line of the whole log that is `line` of a step; null where the log does not tell where the step begins. */
export function lineOfStep(steps: readonly StepLines[], step: number, line: number): number | null {
  const found = steps.find(({ number }) => number === step);
  if (!found || found.firstLine === null) return null;
  const wanted = found.firstLine + line - 1;
  return found.lastLine === null ? wanted : Math.min(wanted, found.lastLine);
}

/** The address of what was resolved, with the line of the log where GitHub's own address names one. */
export async function placeOf(resolved: Resolved): Promise<string> {
  if (resolved.jobId === null || resolved.step === null) return resolved.url;
  try {
    const { steps } = await read(
      client.GET(
        "/api/jobs/{id}/log/index" as never,
        { params: { path: { id: resolved.jobId } } } as never,
      ) as Promise<{
        data?: { steps: StepLines[] };
        response: Response;
      }>,
    );
    const line = lineOfStep(steps, resolved.step, resolved.line ?? 1);
    return line === null ? resolved.url : `${resolved.url}#L${line}`;
  } catch {
    // Without its log the job's page still says what happened to it.
    return resolved.url;
  }
}
