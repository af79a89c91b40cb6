// Which addresses are GitHub's own, so that swapping the host name in one works.

const number = "[1-9][0-9]{0,18}";
const patterns = [
  "",
  "/actions",
  "/actions/workflows/[^/]+",
  `/actions/runs/${number}(/.*)?`,
  `/runs/${number}`,
  `/pull/${number}(/.*)?`,
  "/commits?/[0-9a-fA-F]{7,64}(/.*)?",
  "/(tree|commits)/.+",
].map((rest) => new RegExp(`^/[A-Za-z0-9][A-Za-z0-9-]{0,38}/[A-Za-z0-9._-]{1,100}${rest}/?$`));

/** Whether the path is one of GitHub's that has a page here: a repository, its actions, a pull request, a commit, a branch. */
export function isGitHubPath(pathname: string): boolean {
  return patterns.some((pattern) => pattern.test(pathname));
}
