// The outcomes of a test's latest results as bars: colour, height and foot mark say the same.

const barWidth = 4;
const gap = 2;
const fullHeight = 16;
const footHeight = 2;

const bars: Record<string, { height: number; className: string; word: string }> = {
  P: { height: 8, className: "fill-pass opacity-60", word: "passed" },
  F: { height: 16, className: "fill-fail", word: "failed" },
  L: { height: 12, className: "fill-flaky", word: "flaky" },
  S: { height: 3, className: "fill-skip", word: "skipped" },
};

/** The strip in words, for those who do not see it. */
export function outcomesSentence(strip: string): string {
  if (strip === "") return "No results yet";
  const counts = Object.entries(bars)
    .map(([letter, { word }]) => [strip.split(letter).length - 1, word] as const)
    .filter(([count]) => count > 0)
    .map(([count, word]) => `${count} ${word}`);
  return `Last ${strip.length} results, oldest first: ${counts.join(", ")}`;
}

/** The strip; letters as the API sends them, oldest first. */
export function OutcomeStrip({ strip, count = 24 }: { strip: string; count?: number }) {
  const shown = strip.slice(-count);
  const width = count * (barWidth + gap) - gap;
  const height = fullHeight + footHeight + 1;
  const label = outcomesSentence(shown);
  return (
    <svg role="img" aria-label={label} width={width} height={height} viewBox={`0 0 ${width} ${height}`}>
      <title>{label}</title>
      {[...shown].map((letter, index) => {
        const bar = bars[letter] ?? { height: 2, className: "fill-line", word: "" };
        const x = (count - shown.length + index) * (barWidth + gap);
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: a bar is its place in the strip.
          <g key={index}>
            <rect
              x={x}
              y={fullHeight - bar.height}
              width={barWidth}
              height={bar.height}
              rx={1}
              className={bar.className}
            />
            {(letter === "F" || letter === "L") && (
              <rect x={x} y={fullHeight + 1} width={barWidth} height={footHeight} className={bar.className} />
            )}
          </g>
        );
      })}
    </svg>
  );
}
