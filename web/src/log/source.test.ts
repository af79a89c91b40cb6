import { afterEach, describe, expect, it, vi } from "vitest";
import { readWhole, Utf8Stream, WindowedText } from "./source";

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
  });
});

describe("windows", () => {
  const lines = Array.from({ length: 400 }, (_, line) => `line ${line} ${"x".repeat((line * 37) % 90)}`);

  it.each([
    ["a last line end", `${lines.join("\n")}\n`],
    ["no last line end", lines.join("\n")],
  ])("together are the text, with %s", async (_name, text) => {
    serve(text);
    for (const size of [100, 333, 1000, 5000]) {
      const windows = await WindowedText.open("/x", signal, size);
      let joined = "";
      for (let index = 0; index < windows.count; index++) {
        expect(windows.firstLine(index)).toBe(joined === "" ? 0 : joined.split("\n").length - 1);
        joined += new TextDecoder().decode((await windows.read(index, signal)).bytes);
      }
      expect(joined).toBe(text);
      expect(windows.linesToEnd(0)).toBe(400);
    }
  });

  it("count from the end where the start is unread", async () => {
    serve(lines.join("\n"));
    const windows = await WindowedText.open("/x", signal, 1000);
    const last = windows.count - 1;
    const window = await windows.read(last, signal);
    expect(windows.firstLine(last)).toBeNull();
    expect(windows.linesToEnd(last)).toBe(new TextDecoder().decode(window.bytes).split("\n").length);
  });

  it("are refused where the server serves no parts", async () => {
    vi.stubGlobal("fetch", async () => new Response("all of it"));
    await expect(WindowedText.open("/x", signal)).rejects.toThrow("does not serve parts");
  });
});
