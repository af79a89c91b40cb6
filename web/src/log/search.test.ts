import { describe, expect, it } from "vitest";
import { LogText } from "./logText";
import { compileQuery, LineSearch, matchRanges, type SearchQuery } from "./search";

function query(text: string, more: Partial<SearchQuery> = {}): SearchQuery {
  return { text, matchCase: false, regex: false, ...more };
}

function pattern(of: SearchQuery): RegExp {
  const compiled = compileQuery(of);
  if (!(compiled instanceof RegExp)) throw new Error(`no pattern: ${compiled}`);
  return compiled;
}

function search(text: string, of: SearchQuery): number[] {
  const log = new LogText("auto");
  log.append(new TextEncoder().encode(text));
  log.finish();
  const run = new LineSearch(log, pattern(of), !of.regex);
  while (!run.step(1000)) {}
  return [...run.matches];
}

describe("queries", () => {
  it("are empty, a pattern or a sentence", () => {
    expect(compileQuery(query(""))).toBeNull();
    expect(pattern(query("a.b")).test("axb")).toBe(false);
    expect(pattern(query("a.b", { regex: true })).test("axb")).toBe(true);
    expect(compileQuery(query("(", { regex: true }))).toEqual(expect.stringContaining("Invalid"));
  });

  it("heed case only when told", () => {
    expect(pattern(query("Error")).test("an error")).toBe(true);
    expect(pattern(query("Error", { matchCase: true })).test("an error")).toBe(false);
  });

  it("give the ranges to highlight", () => {
    expect(matchRanges("abcabc", pattern(query("bc")))).toEqual([
      [1, 3],
      [4, 6],
    ]);
    expect(matchRanges("abc", pattern(query("x*", { regex: true })))).toEqual([]);
  });
});

describe("searching", () => {
  it("finds lines", () => {
    expect(search("one\ntwo\nthree two\n", query("TWO"))).toEqual([1, 2]);
  });

  it("finds a word that colours cut in two", () => {
    expect(search("pass\nFA\u001b[31mIL\u001b[0mED\n", query("failed"))).toEqual([1]);
  });

  it("does not find what was overwritten, nor time stamps and markers", () => {
    expect(search("10%\r20%\n", query("10%"))).toEqual([]);
    expect(search("2026-07-29T04:35:58.8546573Z ##[error]bad\n", query("2026"))).toEqual([]);
    expect(search("2026-07-29T04:35:58.8546573Z ##[error]bad\n", query("##[error]"))).toEqual([]);
  });

  it("finds in lines with CRLF, and anchors at line ends", () => {
    expect(search("a b\r\nb a\r\n", query("a$", { regex: true }))).toEqual([1]);
    expect(search("a b\r\nb a\r\n", query("b a"))).toEqual([1]);
  });

  it("does not match across lines", () => {
    expect(search("ab\ncd\n", query("b\nc"))).toEqual([]);
  });

  it("stops when its time is over and goes on later", () => {
    const log = new LogText("plain");
    log.append(new TextEncoder().encode("needle\n".repeat(2000)));
    log.finish();
    const run = new LineSearch(log, pattern(query("needle")), true);
    let clock = 0;
    expect(run.step(1, () => clock++)).toBe(false);
    const soFar = run.matches.length;
    expect(soFar).toBeGreaterThan(0);
    expect(soFar).toBeLessThan(2000);
    while (!run.step(1000)) {}
    expect(run.matches.length).toBe(2000);
  });

  it("goes on when lines arrive", () => {
    const log = new LogText("plain");
    log.append(new TextEncoder().encode("x\n"));
    const run = new LineSearch(log, pattern(query("x")), true);
    expect(run.step(1000)).toBe(true);
    log.append(new TextEncoder().encode("y\nx\n"));
    expect(run.isCurrent).toBe(false);
    run.step(1000);
    expect([...run.matches]).toEqual([0, 2]);
  });
});
