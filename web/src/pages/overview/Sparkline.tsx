// A metric's past as a small curve with a dot at its end.

const width = 84;
const height = 26;

const strokes = {
  fail: { line: "stroke-fail", area: "fill-fail", dot: "fill-fail" },
  pass: { line: "stroke-pass", area: "fill-pass", dot: "fill-pass" },
  flaky: { line: "stroke-flaky", area: "fill-flaky", dot: "fill-flaky" },
  plain: { line: "stroke-running", area: "fill-running", dot: "fill-running" },
};

/** Points of the curve; gaps are bridged, for a day without a figure is not a day of zero. */
export function pointsOf(values: (number | null)[]): { x: number; y: number }[] {
  const known = values.flatMap((value, at) => (value === null ? [] : [{ value, at }]));
  if (known.length === 0) return [];
  const low = Math.min(...known.map(({ value }) => value));
  const high = Math.max(...known.map(({ value }) => value));
  const span = high - low;
  return known.map(({ value, at }) => ({
    x: values.length < 2 ? width : (at / (values.length - 1)) * (width - 4) + 1,
    y: span === 0 ? height / 2 : 3 + (1 - (value - low) / span) * (height - 7),
  }));
}

/** The curve; `label` says what it shows. */
export function Sparkline({
  values,
  tone,
  label,
}: {
  values: (number | null)[];
  tone: keyof typeof strokes;
  label: string;
}) {
  const points = pointsOf(values);
  const last = points.at(-1);
  if (!last || points.length < 2) return <span className="block h-[26px] w-[84px]" />;
  const line = points.map(({ x, y }, at) => `${at === 0 ? "M" : "L"}${x.toFixed(1)} ${y.toFixed(1)}`).join("");
  const look = strokes[tone];
  return (
    <svg role="img" aria-label={label} width={width} height={height} viewBox={`0 0 ${width} ${height}`}>
      <path
        d={`${line}L${last.x.toFixed(1)} ${height}L${points[0]?.x} ${height}Z`}
        className={`${look.area} opacity-12`}
      />
      <path d={line} fill="none" strokeWidth={1.4} strokeLinejoin="round" className={look.line} />
      <circle cx={last.x} cy={last.y} r={2} className={look.dot} />
    </svg>
  );
}
