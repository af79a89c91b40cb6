// Stack traces for reading: frames of one's own code apart from those of libraries and runtimes. Pure.

/** A run of lines that belong together. */
export interface StackPart {
  kind: "own" | "library" | "text";
  lines: string[];
}

const frames: RegExp[] = [
  /^\s*at\s+\S/, // JavaScript, Java, .NET
  /^\s*File ".+", line \d+/, // Python
  /^\s*\S+\.(py|rb|go|rs|php|exs?|dart|swift|cc|cpp|c|h|kt|scala|ts|tsx|js|jsx|mjs):\d+/, // file:line
  /^\s*\d+:\s+\S+(::\S+)+/, // Rust
  /^\s*#\d+\s+\S/, // PHP, C++, Dart
  /^\s*from\s+\S+:\d+:in\s/, // Ruby
  /^\s*❯\s/, // Vitest
];

const libraries: RegExp[] = [
  /node_modules|node:internal|\(internal\/|<anonymous>\)?$|\bnative\b/,
  /\b(java|javax|jdk|sun|kotlin|scala|groovy|org\.junit|junit\.framework|org\.gradle|org\.apache\.maven|org\.testng|org\.mockito|org\.hamcrest|org\.assertj|io\.cucumber)\./,
  /site-packages|dist-packages|\/lib\/python\d|<frozen |[\\/]unittest[\\/]|_pytest/,
  /\/usr\/local\/go\/src\/|\bruntime\.goexit|\btesting\.tRunner|\/go\/pkg\/mod\//,
  /\/rustc\/|\.cargo\/registry|^\s*\d+:\s+(core|std|alloc|test|tokio|rust_begin_unwind|__rust)\b/,
  /^\s*at\s+(System|Microsoft|Xunit|NUnit)\./,
  /\/gems\/|\/ruby\/\d|rspec-(core|expectations|mocks)/,
  /\/vendor\/|phpunit/i,
  /package:(test|test_api|stack_trace|matcher)\/|dart:/,
];

function isFrame(line: string): boolean {
  return frames.some((pattern) => pattern.test(line));
}

/** True for a frame outside the repository: a library, a runtime, a test runner. */
export function isLibraryFrame(line: string): boolean {
  return libraries.some((pattern) => pattern.test(line));
}

function kindOf(line: string, before: StackPart | undefined): StackPart["kind"] {
  if (isFrame(line)) return isLibraryFrame(line) ? "library" : "own";
  // Python writes the source below its frame, and so do Go and Rust the place: it goes with the frame above.
  const isBelow = /^\s{2,}\S/.test(line) && before !== undefined && before.kind !== "text";
  return isBelow ? before.kind : "text";
}

/** The lines of a stack in their order, in runs of one kind; empty lines are dropped. */
export function stackParts(stack: string): StackPart[] {
  const parts: StackPart[] = [];
  for (const line of plainText(stack).split("\n")) {
    if (line.trim() === "") continue;
    const last = parts.at(-1);
    const kind = kindOf(line, last);
    if (last?.kind === kind) last.lines.push(line);
    else parts.push({ kind, lines: [line] });
  }
  return parts;
}

// Colours and cursor movements of terminals, and what is left of a carriage return.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const escapes = /\u001b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)|[@-_])/g;
// Everything else that hides or reorders text; line ends and tabs stay.
const invisible = /(?![\n\t])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** Text of a report as it can be shown: no terminal codes, and nothing hidden in it. */
export function plainText(text: string): string {
  return text
    .replace(escapes, "")
    .replace(/\r\n?/g, "\n")
    .replace(invisible, (char) => `⟨${(char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}⟩`);
}

const workspace = /(?:\/home\/runner\/work|\/Users\/runner\/work|[A-Za-z]:[\\/]a)[\\/]([^\\/\s]+)[\\/]\1[\\/]/g;

/** Paths as they are in the repository: without the folder in which GitHub's runners check it out. */
export function withoutWorkspace(text: string): string {
  return text.replace(workspace, "");
}

/** The first line that says something. */
export function firstLine(text: string): string {
  return (
    plainText(text)
      .split("\n")
      .find((line) => line.trim() !== "")
      ?.trim() ?? ""
  );
}

/** The stack without the message that many runners repeat on top of it. */
export function withoutMessage(stack: string, message: string): string {
  const said = plainText(message);
  const lines = plainText(stack).trimEnd().split("\n");
  const firstFrame = lines.findIndex(isFrame);
  if (firstFrame === -1) return lines.join("\n").trim() === said.trim() ? "" : lines.join("\n");
  const head = lines.slice(0, firstFrame);
  const isRepeated = head.every((line) => {
    const text = line.trim();
    // "Error: no" above its stack repeats the message "no".
    return said.includes(text) || said.trim() === text.replace(/^[\w.$]+: /, "");
  });
  return (isRepeated ? lines.slice(firstFrame) : lines).join("\n");
}
