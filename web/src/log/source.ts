// Brings the bytes of a text here: whole and streamed up to a limit, in windows by range above it.

import { ApiError, problemText } from "../api/client";

/** Texts up to this size are held whole. */
export const WHOLE_LIMIT_BYTES = 64 * 1024 * 1024;
/** Larger ones are read in parts of this size. */
export const WINDOW_BYTES = 16 * 1024 * 1024;
/** A window is read on beyond its end to finish its last line, up to here. */
const OVERLAP_BYTES = 1024 * 1024;

/** Called with each piece as it arrives; `total` is null where the length is not known. */
export type OnBytes = (chunk: Uint8Array, total: number | null) => void;

async function openUrl(url: string, headers: HeadersInit, signal: AbortSignal): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(url, { headers, signal });
  } catch (error) {
    if (signal.aborted) throw error;
    throw new ApiError(0, "The server could not be reached.");
  }
  if (!response.ok) {
    const body: unknown = await response.json().catch(() => null);
    throw new ApiError(response.status, problemText(response.status, body));
  }
  return response;
}

/** The length of the decoded body, where the header tells it. */
function lengthOf(response: Response): number | null {
  const length = response.headers.get("content-length");
  if (length === null || response.headers.has("content-encoding")) return null;
  return Number(length);
}

/**
 * Streams the whole text. Answers false, having stopped, where it is longer than `limit`.
 */
export async function readWhole(url: string, limit: number, signal: AbortSignal, onBytes: OnBytes): Promise<boolean> {
  const response = await openUrl(url, {}, signal);
  const total = lengthOf(response);
  if (total !== null && total > limit) {
    await response.body?.cancel();
    return false;
  }
  if (!response.body) return true;
  const toUtf8 = new Utf8Stream();
  const reader = response.body.getReader();
  let received = 0;
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    received += part.value.length;
    if (received > limit) {
      await reader.cancel();
      return false;
    }
    onBytes(toUtf8.push(part.value), total);
  }
  onBytes(toUtf8.end(), total);
  return true;
}

/** Text as UTF-8, whatever the byte-order mark at its start says it was. */
export class Utf8Stream {
  private decoder: TextDecoder | null = null;
  private head: Uint8Array | null = new Uint8Array(0);

  push(chunk: Uint8Array): Uint8Array {
    if (this.head === null) return this.convert(chunk);
    const joined = new Uint8Array(this.head.length + chunk.length);
    joined.set(this.head);
    joined.set(chunk, this.head.length);
    if (joined.length < 2) {
      this.head = joined;
      return new Uint8Array(0);
    }
    this.head = null;
    if (joined[0] === 0xff && joined[1] === 0xfe) this.decoder = new TextDecoder("utf-16le");
    else if (joined[0] === 0xfe && joined[1] === 0xff) this.decoder = new TextDecoder("utf-16be");
    return this.convert(joined);
  }

  end(): Uint8Array {
    const rest = this.head ?? new Uint8Array(0);
    this.head = null;
    return this.decoder ? new TextEncoder().encode(this.decoder.decode()) : rest;
  }

  private convert(chunk: Uint8Array): Uint8Array {
    return this.decoder ? new TextEncoder().encode(this.decoder.decode(chunk, { stream: true })) : chunk;
  }
}

/** One part of a large text, cut at line ends. */
export interface Window {
  index: number;
  bytes: Uint8Array;
}

/** A large text, read in windows of whole lines. */
export class WindowedText {
  private readonly lineCounts = new Map<number, number>();

  constructor(
    private readonly url: string,
    readonly totalBytes: number,
    private readonly windowBytes = WINDOW_BYTES,
  ) {}

  /** Asks the server how long the text is. */
  static async open(url: string, signal: AbortSignal, windowBytes = WINDOW_BYTES): Promise<WindowedText> {
    const response = await openUrl(url, { Range: "bytes=0-0" }, signal);
    const total = /\/(\d+)$/.exec(response.headers.get("content-range") ?? "")?.[1];
    await response.body?.cancel();
    if (response.status !== 206 || total === undefined) {
      throw new ApiError(
        response.status,
        "This file is too large to show whole, and the server does not serve parts of it.",
      );
    }
    return new WindowedText(url, Number(total), windowBytes);
  }

  get count(): number {
    return Math.max(1, Math.ceil(this.totalBytes / this.windowBytes));
  }

  /** Reads window `index`: from the first line that starts in it to the end of the last one. */
  async read(index: number, signal: AbortSignal): Promise<Window> {
    // One byte before tells whether a line starts exactly at the border.
    const from = Math.max(0, index * this.windowBytes - 1);
    const border = (index + 1) * this.windowBytes;
    const to = Math.min(this.totalBytes, border + OVERLAP_BYTES);
    const response = await openUrl(this.url, { Range: `bytes=${from}-${to - 1}` }, signal);
    if (response.status !== 206) throw new ApiError(response.status, "The server does not serve parts of this file.");
    const bytes = cutAtLines(
      new Uint8Array(await response.arrayBuffer()),
      index > 0,
      border - from,
      to === this.totalBytes,
    );
    this.lineCounts.set(index, countLines(bytes));
    return { index, bytes };
  }

  /** The number of the first line of window `index`, counted from zero; null while windows before it are unread. */
  firstLine(index: number): number | null {
    let lines = 0;
    for (let before = 0; before < index; before++) {
      const count = this.lineCounts.get(before);
      if (count === undefined) return null;
      lines += count;
    }
    return lines;
  }

  /** How many lines there are from the start of window `index` to the end of the text; null while some are unread. */
  linesToEnd(index: number): number | null {
    let lines = 0;
    for (let at = index; at < this.count; at++) {
      const count = this.lineCounts.get(at);
      if (count === undefined) return null;
      lines += count;
    }
    return lines;
  }
}

/**
 * The whole lines of a window: what precedes the first line end belongs to the window before, unless this is the
 * first; the line that crosses `border` is kept to its end.
 */
export function cutAtLines(bytes: Uint8Array, hasBefore: boolean, border: number, isLast: boolean): Uint8Array {
  let start = 0;
  if (hasBefore) {
    const newline = bytes.indexOf(0x0a);
    start = newline < 0 ? bytes.length : newline + 1;
  }
  // Nothing starts here where one line covers the whole window.
  if (start > border) return bytes.subarray(0, 0);
  if (border >= bytes.length) return bytes.subarray(start);
  const newline = bytes.indexOf(0x0a, Math.max(start, border - 1));
  if (newline >= 0) return bytes.subarray(start, newline + 1);
  return isLast ? bytes.subarray(start) : bytes.subarray(start, Math.max(start, border));
}

function countLines(bytes: Uint8Array): number {
  let lines = 0;
  let at = 0;
  while (at < bytes.length) {
    const newline = bytes.indexOf(0x0a, at);
    lines++;
    if (newline < 0) break;
    at = newline + 1;
  }
  return lines;
}
