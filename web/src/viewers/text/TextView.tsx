// A text file in the log view, which finds out itself whether it is a log.

import type { File } from "../../api/types";
import { LogView } from "../../log";

/** A text file. */
export function TextView({ file }: { file: File }) {
  return <LogView url={file.url} label={file.path} kind="text" sizeBytes={file.sizeBytes} />;
}
