// The server's view of a text by lines: where things are in it, some of its lines, and search. Lines are counted
// from one there and from zero here.

import { ApiError, type LineIndex, problemText } from "../api/client";

export type { LineIndex };

/** Where a text can be asked for by lines. */
export interface LineApi {
  index: string;
  lines: string;
  search: string;
}

/** The addresses that belong to the address of a text's bytes; null where the text is none of the server's. */
export function lineApi(url: string): LineApi | null {
  const log = /^(\/api\/jobs\/\d+\/log)$/.exec(url)?.[1];
  const file = /^(\/api\/files\/[^/?#]+)\/content$/.exec(url)?.[1];
  const base = log ?? file;
  return base === undefined ? null : { index: `${base}/index`, lines: `${base}/lines`, search: `${base}/search` };
}

/** Asks for `url`; an `ApiError` where the server refuses or cannot be reached. */
export async function ask(url: string, signal: AbortSignal, headers: HeadersInit = {}): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(url, { headers, signal });
  } catch (error) {
    if (signal.aborted) throw error;
    throw new ApiError(0, "The server could not be reached.");
  }
  if (response.ok) return response;
  const body: unknown = await response.json().catch(() => null);
  throw new ApiError(response.status, problemText(response.status, body));
}

/** Where things are. */
export async function readIndex(api: LineApi, signal: AbortSignal): Promise<LineIndex> {
  return (await (await ask(api.index, signal)).json()) as LineIndex;
}

/** The bytes of `count` lines from line `from` on, counted from zero. */
export async function readLines(api: LineApi, from: number, count: number, signal: AbortSignal): Promise<Uint8Array> {
  const response = await ask(`${api.lines}?from=${from + 1}&count=${count}`, signal);
  return new Uint8Array(await response.arrayBuffer());
}

/** What a search tells as it goes. */
export interface ServerMatches {
  /** Lines that match, ascending, counted from zero. */
  onLine(line: number): void;
  /** How many lines have been searched. */
  onProgress(lines: number): void;
}

/** What is searched for on the server. */
export interface ServerQuery {
  text: string;
  matchCase: boolean;
  regex: boolean;
}

/** Searches on the server; answers whether there are more matches than it tells. */
export async function searchLines(
  api: LineApi,
  query: ServerQuery,
  limit: number,
  signal: AbortSignal,
  matches: ServerMatches,
): Promise<{ cut: boolean }> {
  const parameters = new URLSearchParams({ q: query.text, limit: String(limit) });
  if (query.regex) parameters.set("regex", "1");
  if (query.matchCase) parameters.set("case", "1");
  const response = await ask(`${api.search}?${parameters}`, signal);
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (let part = await reader?.read(); part && !part.done; part = await reader?.read()) {
    const lines = (rest + part.value).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      const told = JSON.parse(line) as { line?: number; searched?: number; done?: boolean; cut?: boolean };
      if (told.line !== undefined) matches.onLine(told.line - 1);
      else if (told.searched !== undefined) matches.onProgress(told.searched);
      else if (told.done) return { cut: told.cut === true };
    }
  }
  throw new ApiError(0, "The search broke off.");
}
