// Line ranges in the address: `#L10`, `#L10-L20`, as on GitHub. Line numbers in the address count from one.

/** Lines `first..=last`, counted from one. */
export interface LineRange {
  first: number;
  last: number;
}

/** The lines that a location hash names, or null. */
export function parseLineHash(hash: string): LineRange | null {
  const match = /^#?L(\d{1,10})(?:-L?(\d{1,10}))?$/.exec(hash);
  if (!match) return null;
  const a = Number(match[1]);
  const b = match[2] === undefined ? a : Number(match[2]);
  if (a === 0 || b === 0) return null;
  return { first: Math.min(a, b), last: Math.max(a, b) };
}

/** The location hash that names a range. */
export function formatLineHash({ first, last }: LineRange): string {
  return first === last ? `#L${first}` : `#L${first}-L${last}`;
}

/** A line of a step, as GitHub's own links have it: `#step:5:120`. */
export interface StepLink {
  step: number;
  line: number;
}

/** The step and its line that a location hash names, or null. */
export function parseStepHash(hash: string): StepLink | null {
  const match = /^#?step:(\d{1,6}):(\d{1,10})$/.exec(hash);
  return match ? { step: Number(match[1]), line: Math.max(1, Number(match[2])) } : null;
}
