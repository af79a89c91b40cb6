// Which files are archives that the server can look into.

const packed = /\.(?:zip|jar|war|ear|aar|whl|egg|apk|aab|ipa|xpi|vsix|nupkg|tar|tar\.gz|tgz|gz)$/i;
const types = ["application/zip", "application/x-tar", "application/gzip"];

/** Whether a file is an archive, by what is known of it. The server looks at the bytes before it believes it. */
export function isArchive(path: string, mediaType = ""): boolean {
  return packed.test(path) || types.includes(mediaType);
}
