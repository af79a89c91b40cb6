// The address of a test's result in a run, where only the test is known.
import type { RunSearch } from "../../search";
import { searchWords } from "../../testing/words";

/** Search parameters of the run page that find and open the test's result. */
export function resultSearch(test: { id: number; name: string }): RunSearch {
  return { tab: "tests", q: searchWords(test.name), test: test.id };
}
