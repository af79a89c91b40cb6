// Where links out of the application may lead: addresses come from reports, logs and GitHub's answers. Pure.

/** The address if it is an absolute one of the web, http or https; null for everything else. */
export function webUrl(text: string | null | undefined): string | null {
  if (!text || !/^https?:\/\//i.test(text)) return null;
  try {
    return new URL(text).href;
  } catch {
    return null;
  }
}

/** The address of a place in `repository` (or of any repository) on GitHub: https, without credentials; else null. */
export function githubUrl(text: string | null | undefined, repository?: string): string | null {
  const address = webUrl(text);
  if (!address) return null;
  const { protocol, username, password, pathname } = new URL(address);
  const [, owner = "", name = ""] = pathname.split("/");
  const isThere = repository === undefined || `${owner}/${name}`.toLowerCase() === repository.toLowerCase();
  return protocol === "https:" && username === "" && password === "" && owner && name && isThere ? address : null;
}
