import { describe, expect, it } from "vitest";
import type { File, FileType } from "../api/types";
import { viewerFor, viewersFor } from "./registry";

function file(path: string, type: FileType, mediaType = "application/octet-stream", sizeBytes = 1000): File {
  return {
    id: "1.0",
    runId: 1,
    artifactId: 1,
    artifactName: "a",
    path,
    sizeBytes,
    compressedBytes: sizeBytes,
    type,
    mediaType,
    flags: [],
    url: "/api/files/1.0/content",
  };
}

describe("the viewer of a file", () => {
  it.each<[string, File]>([
    ["image", file("a/shot.png", "image", "image/png")],
    ["archive", file("results/trace.zip", "binary", "application/zip")],
    ["archive", file("logs.tar.gz", "binary", "application/gzip")],
    ["archive", file("bundle", "binary", "application/zip")],
    ["archive", file("app.jar", "binary", "application/java-archive")],
    ["code", file("words.zip", "text", "application/xml")],
    ["image", file("a/pic.svg", "image", "image/svg+xml")],
    ["image", file("page.html", "image", "image/png")],
    ["json", file("results.json", "json", "application/json")],
    ["html", file("report/index.html", "binary", "text/html")],
    ["html", file("report/INDEX.HTM", "text", "text/plain")],
    ["table", file("data.csv", "text", "text/csv")],
    ["table", file("data.TSV", "text", "text/plain")],
    ["text", file("huge.csv", "text", "text/csv", 100_000_000)],
    ["text", file("out.log", "text", "text/plain")],
    ["document", file("README.md", "text", "text/markdown")],
    ["code", file("junit.xml", "text", "application/xml")],
    ["code", file("report", "text", "application/xml")],
    ["code", file("src/main.rs", "text")],
    ["code", file("Dockerfile", "text")],
    ["text", file("constructor", "text")],
    ["text", file("bundle.js", "text", "text/javascript", 2_000_000)],
    ["diff", file("changes.patch", "text")],
    ["records", file("events.ndjson", "text", "application/x-ndjson")],
    ["records", file("events.jsonl", "json")],
    ["media", file("video.webm", "binary", "video/webm")],
    ["media", file("a.wav", "binary", "audio/wav")],
    ["pdf", file("doc.pdf", "binary", "application/pdf")],
    ["hex", file("core", "binary")],
    ["hex", file("data.csv", "binary")],
  ])("is %s", (name, of) => {
    expect(viewerFor(of).name).toBe(name);
  });

  it("is the one asked for, where that can show it", () => {
    const page = file("report/index.html", "binary", "text/html");
    expect(viewerFor(page, [], "text").name).toBe("text");
    expect(viewerFor(page, [], "compare").name).toBe("html");
    expect(viewerFor(page, [], "constructor").name).toBe("html");
  });

  it("compares pictures that belong together", () => {
    const pair = [file("a-expected.png", "image", "image/png"), file("a-actual.png", "image", "image/png")];
    const one = file("a-actual.png", "image", "image/png");
    expect(viewersFor(one, pair).map(({ name }) => name)).toEqual(["image", "compare", "text", "hex"]);
    expect(viewersFor(one, [one]).map(({ name }) => name)).toEqual(["image", "text", "hex"]);
  });

  it("reads nothing that cannot be read", () => {
    const damaged = { ...file("a.json", "json"), flags: ["corrupt"] };
    expect(viewersFor(damaged, []).map(({ name }) => name)).toEqual(["unreadable"]);
    expect(viewerFor(damaged, [], "text").name).toBe("unreadable");
  });
});
