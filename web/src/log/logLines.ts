// What the log view needs of a text: its lines and where things are among them. A text may be here whole (LogText)
// or in windows that come as they are looked at (WindowedLog). Lines are counted from zero.

import type { Group, Line } from "./logText";

/** Worst level of each `stride` lines: 0 nothing, 1 notice, 2 warning, 3 error. */
export interface Levels {
  stride: number;
  worst: ArrayLike<number>;
}

/** A text by lines. */
export interface LogLines {
  /** How many lines can be looked at. */
  readonly lineCount: number;
  /** How long the text is, as far as it is known. */
  readonly byteLength: number;
  /** Whether any line carries a time stamp of GitHub. */
  readonly hasTimes: boolean;
  /** Whether time stamps and markers of GitHub are read. */
  readonly isGithub: boolean;
  /** How the text is encoded, for the reader to know. */
  readonly encoding: string;
  readonly groups: readonly Group[];
  /** Lines with an error marker, ascending; of a very large log only the first of them. */
  readonly errors: ArrayLike<number>;
  /** Lines with a warning marker. */
  readonly warnings: ArrayLike<number>;
  /** How many there are in truth. */
  readonly errorCount: number;
  readonly warningCount: number;
  /** How bad each part of the text is, where the marked lines above are not all. */
  readonly levels?: Levels;
  /** A line, ready to be drawn; null where it has not come yet, and has been asked for. */
  line(line: number): Line | null;
  /** Lines `first..=last` for the clipboard: no time stamps, no escape sequences. */
  copyText(first: number, last: number): Promise<string>;
}
