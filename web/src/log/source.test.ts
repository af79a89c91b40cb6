import { afterEach, describe, expect, it, vi } from "vitest";
import { readWhole, Utf8Stream } from "./source";

const encoder = new TextEncoder();
const signal = new AbortController().signal;

/** A server of one text that honours Range. */
function serve(text: string | Uint8Array, { length = true } = {}): void {
  const bytes = typeof text === "string" ? encoder.encode(text) : text;
  vi.stubGlobal("fetch", async (_url: string, init: { headers: Record<string, string> }) => {
    const range = /bytes=(\d+)-(\d+)/.exec(init.headers.Range ?? "");
    if (!range)
      return new Response(bytes.slice(), { headers: length ? { "content-length": String(bytes.length) } : {} });
    const [from, to] = [Number(range[1]), Math.min(bytes.length - 1, Number(range[2]))];
    return new Response(bytes.slice(from, to + 1), {
      status: 206,
      headers: { "content-range": `bytes ${from}-${to}/${bytes.length}` },
    });
  });
}

afterEach(() => vi.unstubAllGlobals());

async function whole(limit: number): Promise<{ fits: boolean; text: string }> {
  let text = "";
  const fits = await readWhole("/x", limit, signal, (chunk) => {
    text += new TextDecoder().decode(chunk);
  });
  return { fits, text };
}

describe("reading whole", () => {
  it("brings every byte", async () => {
    serve("hello\nworld");
    expect(await whole(100)).toEqual({ fits: true, text: "hello\nworld" });
  });

  it("brings one byte and none", async () => {
    serve("a");
    expect((await whole(100)).text).toBe("a");
    serve("");
    expect(await whole(100)).toEqual({ fits: true, text: "" });
  });

  it("stops at the limit, with and without a length", async () => {
    serve("hello world");
    expect((await whole(5)).fits).toBe(false);
    serve("hello world", { length: false });
    expect((await whole(5)).fits).toBe(false);
  });

  it("tells the server's reason", async () => {
    vi.stubGlobal(
      "fetch",
      async () => new Response(JSON.stringify({ title: "Gone", detail: "deleted by retention" }), { status: 410 }),
    );
    await expect(whole(5)).rejects.toThrow("Gone: deleted by retention");
  });
});

describe("UTF-16", () => {
  it.each([
    ["little endian", [0xff, 0xfe, 0x61, 0, 0x0a, 0, 0xe9, 0]],
    ["big endian", [0xfe, 0xff, 0, 0x61, 0, 0x0a, 0, 0xe9]],
  ])("%s becomes UTF-8, however it is cut", (_name, bytes) => {
    const stream = new Utf8Stream();
    const out: number[] = [];
    for (const byte of bytes) out.push(...stream.push(Uint8Array.of(byte)));
    out.push(...stream.end());
    expect(new TextDecoder().decode(Uint8Array.from(out))).toBe("a\né");
    expect(stream.encoding).toMatch(/^UTF-16/);
  });
});
