// JSON Pointers (RFC 6901), and how people write the same path.

/** The pointer of a child. */
export function pointerOf(parent: string, step: string | number): string {
  return `${parent}/${String(step).replaceAll("~", "~0").replaceAll("/", "~1")}`;
}

/** The steps of a pointer. */
export function stepsOf(pointer: string): string[] {
  if (!pointer.startsWith("/")) return [];
  return pointer
    .slice(1)
    .split("/")
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
}

/** The path as it is written in a program: `$.tests[3]["a b"]`. */
export function pathOf(pointer: string): string {
  return stepsOf(pointer).reduce((path, step) => {
    if (/^(?:0|[1-9]\d*)$/.test(step)) return `${path}[${step}]`;
    return /^[A-Za-z_$][\w$]*$/.test(step) ? `${path}.${step}` : `${path}[${JSON.stringify(step)}]`;
  }, "$");
}
