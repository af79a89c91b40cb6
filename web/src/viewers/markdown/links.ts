// Which file links and pictures of a hostile text name. Pure.

/** The file of the same artifact that a relative reference in the file at `from` names. */
export function fileAt<T extends { path: string; artifactId: number }>(
  from: { path: string; artifactId: number },
  href: string | undefined,
  files: readonly T[],
): T | null {
  if (!href || /^[a-z][a-z0-9+.-]*:|^\/\/|^#/i.test(href)) return null;
  const [bare = ""] = href.split(/[?#]/, 1);
  const path = resolved(from.path, bare);
  return files.find((one) => one.artifactId === from.artifactId && one.path === path) ?? null;
}

function resolved(from: string, reference: string): string {
  let text = reference;
  try {
    text = decodeURIComponent(reference);
  } catch {
    // Not encoded, then: it is taken as it stands.
  }
  const parts = text.startsWith("/") ? [] : from.split("/").slice(0, -1);
  for (const part of text.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "." && part !== "") parts.push(part);
  }
  return parts.join("/");
}
