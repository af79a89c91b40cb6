// Makes the keys of a log the keys of the page, so that the help sheet lists them.

import { usePageKeys } from "../pageKeys";
import { LOG_KEYS, type LogAction } from "./actions";

/** Registers the keys as long as the log is shown. */
export function useLogKeys(act: (action: LogAction) => void): void {
  usePageKeys(
    "Log",
    LOG_KEYS.map(({ keys, label, action }) => ({ keys, label, run: () => act(action) })),
  );
}
