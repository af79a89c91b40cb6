// Brings the bytes of a text here, streamed, up to a limit. Larger ones come by lines (lineApi.ts).

import { ask } from "./lineApi";

/** Texts up to this size are held whole. */
export const WHOLE_LIMIT_BYTES = 64 * 1024 * 1024;

/** Called with each piece as it arrives; `total` is null where the length is not known. */
export type OnBytes = (chunk: Uint8Array, total: number | null, encoding: string) => void;

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
  const response = await ask(url, signal);
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
    onBytes(toUtf8.push(part.value), total, toUtf8.encoding);
  }
  onBytes(toUtf8.end(), total, toUtf8.encoding);
  return true;
}

/** Text as UTF-8, whatever the byte-order mark at its start says it was. */
export class Utf8Stream {
  private decoder: TextDecoder | null = null;
  private head: Uint8Array | null = new Uint8Array(0);
  /** What the text is encoded in, as far as it is known. */
  encoding = "UTF-8";

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
    if (joined[0] === 0xff && joined[1] === 0xfe) this.encoding = "UTF-16LE";
    else if (joined[0] === 0xfe && joined[1] === 0xff) this.encoding = "UTF-16BE";
    if (this.encoding !== "UTF-8") this.decoder = new TextDecoder(this.encoding);
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
