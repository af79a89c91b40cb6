import { describe, expect, it, vi } from "vitest";
import type { LineIndex } from "./lineApi";
import { WINDOW_LINES, WindowedLog } from "./windowedLog";

const LINES = 100_000;
const encoder = new TextEncoder();

function indexOf(more: Partial<LineIndex> = {}): LineIndex {
  return {
    sizeBytes: 1,
    lines: LINES,
    isJobLog: true,
    stride: 1000,
    steps: [],
    groups: [],
    marks: [],
    isCut: false,
    errors: 0,
    warnings: 0,
    minimapStride: 256,
    minimap: [],
    longLines: [],
    ...more,
  };
}

/** A server that answers when told to. */
function served(more: Partial<LineIndex> = {}, lineOf = (line: number) => `line ${line}`) {
  const asked: number[] = [];
  const answers: (() => void)[] = [];
  const onChange = vi.fn();
  const read = (from: number, count: number) => {
    asked.push(from);
    return new Promise<Uint8Array>((resolve) => {
      const text = Array.from({ length: count }, (_, at) => `${lineOf(from + at)}\n`).join("");
      answers.push(() => resolve(encoder.encode(text)));
    });
  };
  const log = new WindowedLog(indexOf(more), read, onChange);
  const answer = async () => {
    const changes = onChange.mock.calls.length;
    for (const give of answers.splice(0)) give();
    await vi.waitFor(() => expect(onChange.mock.calls.length).toBeGreaterThan(changes));
  };
  return { log, asked, answer, onChange };
}

describe("a log in windows", () => {
  it("has a line once its window has come", async () => {
    const { log, asked, answer } = served();
    expect(log.line(4_321)).toBeNull();
    expect(log.line(4_322)).toBeNull();
    expect(asked).toEqual([4_000]);
    await answer();
    expect(log.line(4_321)?.text).toBe("line 4321");
  });

  it("asks for what is looked at last when the reader hurries by", async () => {
    const { log, asked, answer } = served();
    for (let line = 0; line < LINES; line += WINDOW_LINES) log.line(line);
    expect(asked).toEqual([0, 2_000]);
    await answer();
    expect(asked.slice(2)).toEqual([98_000, 96_000]);
  });

  it("asks for the next window before its lines are needed", async () => {
    const { log, asked, answer } = served();
    log.line(1_000);
    await answer();
    log.line(1_000);
    expect(asked).toEqual([0]);
    log.line(1_900);
    expect(asked).toEqual([0, 2_000]);
  });

  it("holds no more than its share, however much is read", async () => {
    const wide = "x".repeat(2_000);
    const { log, answer } = served({}, (line) => `${line} ${wide}`);
    for (let line = 1_000; line < 36_000; line += WINDOW_LINES) {
      log.line(line);
      await answer();
      expect(log.line(line)?.text.startsWith(`${line} `)).toBe(true);
      expect(log.heldBytes).toBeLessThan(52 * 1024 * 1024);
    }
    expect(log.line(1_000)).toBeNull();
  });

  it("tells a failure and asks again when told to", async () => {
    const onChange = vi.fn();
    let fails = true;
    const read = async (_from: number, count: number) => {
      if (fails) throw new Error("gone");
      return encoder.encode("x\n".repeat(count));
    };
    const log = new WindowedLog(indexOf(), read, onChange);
    expect(log.line(0)).toBeNull();
    await vi.waitFor(() => expect(onChange).toHaveBeenCalledWith(new Error("gone")));
    expect(log.line(0)).toBeNull();
    fails = false;
    log.retry();
    log.line(0);
    await vi.waitFor(() => expect(log.line(0)?.text).toBe("x"));
  });

  it("says how much of a long line is not shown", async () => {
    const { log, answer } = served({ longLines: [[3, 1_000_000]] }, (line) =>
      line === 2 ? "y".repeat(32 * 1024) : "short",
    );
    log.line(0);
    await answer();
    expect(log.line(2)?.cutBytes).toBe(1_000_000 - 20_000);
    expect(log.line(1)?.cutBytes).toBe(0);
  });

  it("knows groups, errors and warnings by the index", () => {
    const marks = [
      { line: 5, level: "error", text: "" },
      { line: 9, level: "warning", text: "" },
    ];
    const { log } = served({
      groups: [
        [2, 6, 0],
        [7, 8, 0],
      ],
      marks,
      errors: 700,
      warnings: 1,
    });
    expect(log.groups).toEqual([
      { first: 1, last: 5, closed: true, errors: 1 },
      { first: 6, last: 7, closed: true, errors: 0 },
    ]);
    expect([...log.errors, ...log.warnings, log.errorCount]).toEqual([4, 8, 700]);
  });

  it("copies lines that are not here", async () => {
    const read = async (from: number, count: number) =>
      encoder.encode(Array.from({ length: count }, (_, at) => `\u001b[31m${from + at}\u001b[0m\n`).join(""));
    const log = new WindowedLog(indexOf(), read, () => undefined);
    const lines = (await log.copyText(4_998, 10_001)).split("\n");
    expect([lines.length, lines[0], lines.at(-1)]).toEqual([5_004, "4998", "10001"]);
  });
});
