// Reads real logs, where the corpus is present beside the checkout, against the counts in its manifest.
import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { styleLine } from "./ansi";
import { LogText } from "./logText";
import { COMMAND, DEBUG, ENDGROUP } from "./prefix";

interface Facts {
  bytes: number;
  lines: number;
  timestamped_lines: number;
  group: number;
  endgroup: number;
  error: number;
  warning: number;
  command: number;
  debug: number;
}

const corpus = resolve(import.meta.dirname, "../../../../shared/corpus/logs");
const manifest = resolve(corpus, "manifest.json");

if (existsSync(manifest)) {
  const files: { path: string; kind: string; facts: Facts }[] = JSON.parse(readFileSync(manifest, "utf8")).files;
  const logs = files.filter((file) => file.kind === "job-log");

  describe("real logs", () => {
    it("are present", () => {
      expect(logs.length).toBeGreaterThan(30);
    });

    it.each(logs.map((file) => [file.path, file.facts] as const))("%s", (path, facts) => {
      const content = readFileSync(resolve(corpus, path));
      const log = new LogText("github");
      for (let at = 0; at < content.length; at += 1000) log.append(content.subarray(at, at + 1000));
      log.finish();
      const counts = { lines: log.lineCount, timestamped_lines: 0, endgroup: 0, command: 0, debug: 0 };
      let annotated = 0;
      for (let line = 0; line < log.lineCount; line++) {
        const { time, kind, text } = log.line(line);
        if (time !== "") counts.timestamped_lines++;
        if (kind === ENDGROUP) counts.endgroup++;
        if (kind === COMMAND) counts.command++;
        if (kind === DEBUG) counts.debug++;
        // The corpus marks the line a classifier chose in band, in front of its time stamp.
        if (text.startsWith("#=MATCH=#") && text.includes("##[error]")) annotated++;
        expect(styleLine(text).some((span) => span.text.includes("\u001b"))).toBe(false);
      }
      expect(log.byteLength).toBe(facts.bytes);
      expect(counts).toEqual({
        lines: facts.lines,
        timestamped_lines: facts.timestamped_lines,
        endgroup: facts.endgroup,
        command: facts.command,
        debug: facts.debug,
      });
      expect([log.groups.length, log.errors.length + annotated, log.warnings.length]).toEqual([
        facts.group,
        facts.error,
        facts.warning,
      ]);
    });
  });
} else {
  it("real logs", () => {
    console.log("skipped: ../shared/corpus is not present");
  });
}
