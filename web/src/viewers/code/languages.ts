// Which language a file is written in, by its name.

const byExtension: Record<string, string> = {
  bash: "bash",
  c: "c",
  cc: "cpp",
  cfg: "ini",
  cjs: "javascript",
  cpp: "cpp",
  cs: "csharp",
  css: "css",
  go: "go",
  gradle: "kotlin",
  h: "cpp",
  hpp: "cpp",
  htm: "xml",
  html: "xml",
  ini: "ini",
  java: "java",
  js: "javascript",
  jsx: "javascript",
  kt: "kotlin",
  kts: "kotlin",
  mjs: "javascript",
  mts: "typescript",
  php: "php",
  plist: "xml",
  properties: "ini",
  py: "python",
  rb: "ruby",
  rs: "rust",
  scss: "css",
  sh: "bash",
  sql: "sql",
  svg: "xml",
  swift: "swift",
  toml: "ini",
  trx: "xml",
  ts: "typescript",
  tsx: "typescript",
  vue: "xml",
  xhtml: "xml",
  xml: "xml",
  xsl: "xml",
  yaml: "yaml",
  yml: "yaml",
  zsh: "bash",
};

const byName: Record<string, string> = {
  dockerfile: "dockerfile",
  makefile: "makefile",
  gemfile: "ruby",
  rakefile: "ruby",
};

/** The language of a file of this path and media type, or null. */
export function languageOf(path: string, mediaType = ""): string | null {
  const name = path.split("/").at(-1)?.toLowerCase() ?? "";
  if (Object.hasOwn(byName, name)) return byName[name] ?? null;
  const extension = name.includes(".") ? (name.split(".").at(-1) ?? "") : "";
  if (Object.hasOwn(byExtension, extension)) return byExtension[extension] ?? null;
  return /[/+]xml\b/.test(mediaType) ? "xml" : null;
}
