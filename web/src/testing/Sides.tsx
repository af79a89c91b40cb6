// Both sides of an assertion below each other, with the words marked in which they differ. Loaded when one is shown.
import { diffChars, diffWordsWithSpace } from "diff";
import type { Expectation } from "./expectation";

/** A stretch of one side. */
export interface Part {
  text: string;
  differs: boolean;
}

const longest = 20_000;
const shortest = 200;

/** The parts of both sides; letters are compared where the sides are short and alike, words elsewhere. */
export function partsOf(expected: string, received: string): { expected: Part[]; received: Part[] } {
  if (expected.length + received.length > longest) {
    return { expected: [{ text: expected, differs: true }], received: [{ text: received, differs: true }] };
  }
  const isShort = expected.length < shortest && received.length < shortest && !/\s/.test(expected + received);
  const words = diffWordsWithSpace(expected, received);
  const letters = isShort ? diffChars(expected, received) : words;
  const same = letters.filter((one) => !one.added && !one.removed).reduce((sum, one) => sum + one.value.length, 0);
  // Letters that two different words happen to share say nothing.
  const changes = isShort && same * 2 < Math.max(expected.length, received.length) ? words : letters;
  const side = (other: "added" | "removed") =>
    changes
      .filter((one) => !one[other])
      .map((one) => ({ text: one.value, differs: Boolean(one.added || one.removed) }));
  return { expected: side("added"), received: side("removed") };
}

/** The two sides. */
export function Sides({ sides }: { sides: Expectation }) {
  const parts = partsOf(sides.expected, sides.received);
  return (
    <dl className="grid min-w-0 grid-cols-[auto_minmax(0,1fr)] overflow-hidden rounded-md border border-line text-sm">
      <Side
        label={sides.expectedLabel}
        sign="−"
        parts={parts.expected}
        tone="bg-pass-soft text-pass-text"
        mark="bg-pass/30"
      />
      <Side
        label={sides.receivedLabel}
        sign="+"
        parts={parts.received}
        tone="bg-fail-soft text-fail-text"
        mark="bg-fail/30"
      />
    </dl>
  );
}

function Side({
  label,
  sign,
  parts,
  tone,
  mark,
}: {
  label: string;
  sign: string;
  parts: Part[];
  tone: string;
  mark: string;
}) {
  return (
    <>
      <dt className={`px-3 py-1.5 font-medium ${tone}`}>
        <span aria-hidden className="mr-1.5 font-mono">
          {sign}
        </span>
        {label}
      </dt>
      <dd className="max-h-60 min-w-0 overflow-auto px-3 py-1.5">
        <pre className="font-mono break-words whitespace-pre-wrap">
          <bdi>
            {parts.map((part, index) =>
              part.differs ? (
                // biome-ignore lint/suspicious/noArrayIndexKey: a part is its place in the text.
                <mark key={index} className={`rounded-sm text-text ${mark}`}>
                  {part.text}
                </mark>
              ) : (
                // biome-ignore lint/suspicious/noArrayIndexKey: a part is its place in the text.
                <span key={index}>{part.text}</span>
              ),
            )}
          </bdi>
        </pre>
      </dd>
    </>
  );
}
