import { describe, expect, it } from "vitest";
import {
  BOLD,
  DIM,
  HIDDEN,
  INVERSE,
  ITALIC,
  paletteRgb,
  plainLine,
  STRIKE,
  styleLine,
  TRUECOLOR,
  UNDERLINE,
} from "./ansi";

const ESC = "\u001b";

/** Spans in a short form: text, then what differs from plain. */
function short(line: string): unknown[] {
  return styleLine(line).map(({ text, style }) => {
    const out: Record<string, unknown> = {};
    if (style.fg !== null) out.fg = style.fg;
    if (style.bg !== null) out.bg = style.bg;
    if (style.flags !== 0) out.flags = style.flags;
    if (style.link !== null) out.link = style.link;
    return Object.keys(out).length === 0 ? text : [text, out];
  });
}

const table: [name: string, line: string, spans: unknown[]][] = [
  ["an empty line has no spans", "", []],
  ["plain text is one span", "hello\tworld", ["hello\tworld"]],
  ["16 colours and reset", `${ESC}[31mred${ESC}[0m plain`, [["red", { fg: 1 }], " plain"]],
  ["an empty parameter is a reset", `${ESC}[1;31mx${ESC}[my`, [["x", { fg: 1, flags: BOLD }], "y"]],
  ["bright colours", `${ESC}[91;104mx`, [["x", { fg: 9, bg: 12 }]]],
  [
    "39 and 49 restore the defaults",
    `${ESC}[31;41mx${ESC}[39my${ESC}[49mz`,
    [["x", { fg: 1, bg: 1 }], ["y", { bg: 1 }], "z"],
  ],
  ["256 colours, semicolons", `${ESC}[38;5;196;48;5;16mx`, [["x", { fg: 196, bg: 16 }]]],
  ["256 colours, colons", `${ESC}[38:5:196mx`, [["x", { fg: 196 }]]],
  ["truecolor, semicolons", `${ESC}[38;2;255;0;16mx`, [["x", { fg: TRUECOLOR | 0xff0010 }]]],
  ["truecolor, colons", `${ESC}[48:2:1:2:3mx`, [["x", { bg: TRUECOLOR | 0x010203 }]]],
  ["truecolor, colons with a colour space", `${ESC}[38:2::1:2:3mx`, [["x", { fg: TRUECOLOR | 0x010203 }]]],
  ["codes after an extended colour still count", `${ESC}[38;5;2;1mx`, [["x", { fg: 2, flags: BOLD }]]],
  ["a colour out of range is ignored", `${ESC}[38;5;900mx`, ["x"]],
  ["an unfinished extended colour is ignored", `${ESC}[38;5mx`, ["x"]],
  ["weights on", `${ESC}[1;2;3;4;7;9mx`, [["x", { flags: BOLD | DIM | ITALIC | UNDERLINE | INVERSE | STRIKE }]]],
  [
    "22 ends bold and dim",
    `${ESC}[1;2;3mx${ESC}[22my`,
    [
      ["x", { flags: BOLD | DIM | ITALIC }],
      ["y", { flags: ITALIC }],
    ],
  ],
  [
    "23, 24, 27, 29 end one thing each",
    `${ESC}[3;4;7;9mx${ESC}[23;24;27;29my`,
    [["x", { flags: ITALIC | UNDERLINE | INVERSE | STRIKE }], "y"],
  ],
  ["curly underline, and its end", `${ESC}[4:3mx${ESC}[4:0my`, [["x", { flags: UNDERLINE }], "y"]],
  ["hidden text is kept and marked", `a${ESC}[8msecret${ESC}[28mb`, ["a", ["secret", { flags: HIDDEN }], "b"]],
  ["unknown codes change nothing", `${ESC}[73;199mx`, ["x"]],
  ["private sequences are no style", `${ESC}[>4;2mx${ESC}[?25l`, ["x"]],
  ["spans of equal style are joined", `${ESC}[31ma${ESC}[31mb`, [["ab", { fg: 1 }]]],
  ["a carriage return overwrites", "12345\rab", ["ab345"]],
  ["only the last state of a progress line", "10%\r50%\r100%", ["100%"]],
  ["overwriting takes the new style", `abc\r${ESC}[32mX`, [["X", { fg: 2 }], "bc"]],
  ["erase to the end of the line", `long text\rnew${ESC}[K`, ["new"]],
  ["erase the whole line", `long text${ESC}[2K\rnew`, ["new"]],
  ["erase the start of the line", `abcdef\r${ESC}[2C${ESC}[1K`, ["   def"]],
  ["backspace steps back", "ab\bc", ["ac"]],
  ["column and cursor moves", `abcdef${ESC}[3GX${ESC}[2DY${ESC}[1CZ`, ["aYXZef"]],
  ["a far cursor move is capped", `${ESC}[999999999Gx`, [`${" ".repeat(4096)}x`]],
  ["a cursor past the cap does not move back", `${"a".repeat(5000)}${ESC}[3Cb`, [`${"a".repeat(5000)}b`]],
  ["astral characters are one cell", "😀b\rx", ["xb"]],
  ["other cursor sequences vanish", `${ESC}[2J${ESC}[Hx${ESC}7${ESC}(B`, ["x"]],
  ["an unfinished CSI stays visible", `a${ESC}[3`, ["a⟨001B⟩[3"]],
  ["a malformed CSI stays visible", `a${ESC}[3\u0001m`, ["a⟨001B⟩[3⟨0001⟩m"]],
  ["a lone escape stays visible", `a${ESC}`, ["a⟨001B⟩"]],
  ["a terminal title vanishes", `${ESC}]0;title\u0007x`, ["x"]],
  ["an unfinished OSC stays visible", `${ESC}]8;;https://a.example`, ["⟨001B⟩]8;;https://a.example"]],
  [
    "an OSC 8 link, BEL",
    `${ESC}]8;;https://a.example/x\u0007t${ESC}]8;;\u0007u`,
    [["t", { link: "https://a.example/x" }], "u"],
  ],
  ["an OSC 8 link, ST, with an id", `${ESC}]8;id=1;http://a.example/${ESC}\\t`, [["t", { link: "http://a.example/" }]]],
  ["an OSC 8 script is text", `${ESC}]8;;javascript:alert(1)${ESC}\\t`, ["t"]],
  [
    "a style keeps the link",
    `${ESC}]8;;https://a.example/\u0007${ESC}[1mt${ESC}[0mu`,
    [
      ["t", { flags: BOLD, link: "https://a.example/" }],
      ["u", { link: "https://a.example/" }],
    ],
  ],
  ["a device control string vanishes", `${ESC}Pq#0${ESC}\\x`, ["x"]],
  ["control characters are shown", "a\u0000b\u007fc", ["a⟨0000⟩b⟨007F⟩c"]],
  ["bidi overrides are shown", "a\u202eb\u2066c", ["a⟨202E⟩b⟨2066⟩c"]],
  ["markup is text", "<img src=x onerror=alert(1)>", ["<img src=x onerror=alert(1)>"]],
];

describe("styleLine", () => {
  it.each(table)("%s", (_name, line, spans) => {
    expect(short(line)).toEqual(spans);
  });

  it("never throws and keeps every letter, whatever the bytes", () => {
    const pieces = ["a", ESC, "[", "]", "8;;", "38;2;", "m", ";", ":", "\u0007", "\r", "\b", "K", "G", "9", "\\", "😀"];
    let seed = 7;
    for (let round = 0; round < 3000; round++) {
      let line = "";
      for (let i = 0; i < 24; i++) {
        seed = (seed * 1103515245 + 12345) % 2147483648;
        line += pieces[seed % pieces.length];
      }
      expect(styleLine(line).every((span) => span.text !== "" && !span.text.includes(ESC))).toBe(true);
    }
  });
});

describe("plainLine", () => {
  it("is what a reader sees", () => {
    expect(plainLine(`${ESC}[1mno${ESC}[0mde\rN`)).toBe("Node");
  });
});

describe("paletteRgb", () => {
  it.each([
    [16, 0x000000],
    [21, 0x0000ff],
    [196, 0xff0000],
    [231, 0xffffff],
    [232, 0x080808],
    [255, 0xeeeeee],
  ])("%i", (index, value) => {
    expect(paletteRgb(index)).toBe(value);
  });
});
