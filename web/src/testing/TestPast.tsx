// A test's past in one line, beside one of its results: its strip, and what is thought of it and why.
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { testQuery } from "../api/history";
import { Name } from "../ui";
import { OutcomeStrip } from "./OutcomeStrip";

/** The line; its place is kept while it loads, and it is left out where the test's history cannot be had. */
export function TestPast({ testId, count = 24 }: { testId: number; count?: number }) {
  const list = useInfiniteQuery(testQuery(testId));
  const test = list.data?.pages[0];
  if (list.isError) return null;
  return (
    <div className="flex min-h-6 min-w-0 flex-1 basis-72 flex-wrap items-center gap-x-3 gap-y-1 text-sm text-muted">
      {test && (
        <>
          <OutcomeStrip strip={test.strip} count={Math.max(1, Math.min(count, test.strip.length))} />
          <span className="line-clamp-2 min-w-0 break-words">
            <Name>{test.judgement.reason}</Name>{" "}
            {test.failingSince?.firstRed && !test.failingSince.inconclusive && (
              <>
                First red:{" "}
                <Link to="/runs/$runId" params={{ runId: String(test.failingSince.firstRed.id) }} className="underline">
                  #{test.failingSince.firstRed.runNumber}
                </Link>
                .
              </>
            )}
          </span>
        </>
      )}
    </div>
  );
}
