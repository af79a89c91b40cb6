// What is unusual about a file, in words.

/** A flag for readers: a short word, what it means, and whether the content cannot be read because of it. */
export interface FlagMeaning {
  label: string;
  meaning: string;
  prevents: boolean;
}

const meanings: Record<string, Omit<FlagMeaning, "prevents"> & { prevents?: true }> = {
  "unsafe-name": {
    label: "unsafe name",
    meaning:
      "The name climbs out of its folder or holds characters a file name should not hold. It is shown, never followed.",
  },
  "duplicate-name": { label: "name occurs twice", meaning: "Another file of this artifact has the same name." },
  symlink: { label: "symbolic link", meaning: "The content is the target of the link, as text. It is never followed." },
  encrypted: { label: "encrypted", meaning: "The content is encrypted, so it cannot be shown.", prevents: true },
  "unsupported-method": {
    label: "unknown compression",
    meaning: "The content is packed in a way that cannot be read here.",
    prevents: true,
  },
  inconsistent: { label: "inconsistent", meaning: "The archive contradicts itself about this file." },
  "size-mismatch": {
    label: "wrong size",
    meaning: "The content is longer or shorter than the archive says.",
    prevents: true,
  },
  corrupt: {
    label: "damaged",
    meaning: "The content is damaged: it cannot be unpacked, or its checksum is wrong.",
    prevents: true,
  },
  "too-large": {
    label: "large",
    meaning: "Above MAX_FILE_SIZE_MB: it can be downloaded, but was neither checked nor read for reports.",
  },
  unverified: {
    label: "not verified",
    meaning: "The content was not checked, because the archive's other files were too large.",
  },
  "long-name": { label: "long name", meaning: "The name is unusually long." },
  "invalid-utf8-name": {
    label: "name not UTF-8",
    meaning: "The name is not valid UTF-8; what is shown is a reading of it.",
  },
};

/** The meaning of a flag; one added later is shown by its own word. */
export function flagMeaning(flag: string): FlagMeaning {
  const known = meanings[flag];
  return known ? { prevents: false, ...known } : { label: flag.replaceAll("-", " "), meaning: "", prevents: false };
}

/** Whether one of the flags means that the content cannot be read. */
export function unreadable(flags: readonly string[]): boolean {
  return flags.some((flag) => flagMeaning(flag).prevents);
}
