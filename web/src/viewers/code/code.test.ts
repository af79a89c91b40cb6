import { describe, expect, it } from "vitest";
import { languageOf } from "./languages";
import { prettyXml } from "./prettyXml";
import { plainLines, tokenLines } from "./tokens";

describe("the language of a file", () => {
  it.each([
    ["a/main.rs", "", "rust"],
    ["Dockerfile", "", "dockerfile"],
    ["junit", "application/xml", "xml"],
    ["feed", "application/rss+xml; charset=utf-8", "xml"],
    ["a.constructor", "", null],
    ["toString", "", null],
    ["rs", "", null],
    ["", "", null],
  ])("%j of type %j is %s", (path, mediaType, language) => {
    expect(languageOf(path, mediaType)).toBe(language);
  });
});

it("cuts the highlighter's tree into lines, the innermost kind counting", () => {
  const tree = {
    type: "root",
    children: [
      {
        type: "element",
        properties: { className: ["hljs-comment"] },
        children: [
          { type: "text", value: "/* one\r\n" },
          { type: "element", properties: { className: ["hljs-doctag"] }, children: [{ type: "text", value: "@two" }] },
        ],
      },
      { type: "text", value: "\n\nx" },
    ],
  };
  expect(tokenLines(tree)).toEqual([[["comment", "/* one"]], [["doctag", "@two"]], [], [["", "x"]]]);
  expect(plainLines("a\n")).toEqual([[["", "a"]], []]);
  expect(plainLines("")).toEqual([[]]);
});

describe("XML laid out", () => {
  it("gives every element a line and keeps short ones on it", () => {
    const text = `<?xml version="1.0"?><a x="1>2"><b>text</b><c/><d></d><!-- <e> --><f><![CDATA[</f>]]></f></a>`;
    expect(prettyXml(text).split("\n")).toEqual([
      `<?xml version="1.0"?>`,
      `<a x="1>2">`,
      "  <b>text</b>",
      "  <c/>",
      "  <d></d>",
      "  <!-- <e> -->",
      "  <f>",
      "    <![CDATA[</f>]]>",
      "  </f>",
      "</a>",
    ]);
  });

  it.each(["", "<", "<a", "</a></b>", "a < b > c", `<a x="unclosed>`, "<".repeat(20_000), "<a>".repeat(5_000)])(
    "survives %.20j",
    (text) => {
      const shown = prettyXml(text);
      // Nothing is lost but space between elements.
      expect(shown.replace(/\s/g, "")).toBe(text.replace(/\s/g, ""));
    },
  );

  it.each(["<", "<!--", "<![CDATA[", "<?", "<!a", "<!a[", '<a "', "<a '", "<a>", "</a>", "a"])(
    "W13 takes no longer for what is never closed: %j",
    (seed) => {
      const began = performance.now();
      prettyXml(seed.repeat((1 << 20) / seed.length));
      expect(performance.now() - began).toBeLessThan(5_000);
    },
  );
});
