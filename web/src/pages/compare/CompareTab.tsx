// A run beside another one: what its tests, jobs, artifacts and pictures did differently. The last green run of its
// branch, or else of the default branch, where the address names none.
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { Scale } from "lucide-react";
import { ApiError } from "../../api/client";
import { comparisonQuery } from "../../api/history";
import type { Comparison, RunDetail, RunRef, TestTotals } from "../../api/types";
import { plural } from "../../format";
import { TestCounts } from "../../testing/badges";
import { EmptyState, ErrorState, Panel, Skeleton } from "../../ui";
import { RunRefLine } from "../RunRefs";
import { BaseChooser } from "./BaseChooser";
import { CommitsBetween } from "./CommitsBetween";
import { ComparedArtifacts } from "./ComparedArtifacts";
import { ComparedFilesPanel } from "./ComparedFilesPanel";
import { ComparedJobs } from "./ComparedJobs";
import { ComparedPictures } from "./ComparedPictures";
import { ComparedTestsPanels } from "./ComparedTestsPanels";

const route = getRouteApi("/runs/$runId");

/** The view. */
export function CompareTab({ run }: { run: RunDetail }) {
  const { with: other } = route.useSearch();
  const { data, error, refetch, isPlaceholderData } = useQuery(comparisonQuery(run.id, other ?? "lastGreen"));
  const missing = error instanceof ApiError && (error.status === 404 || error.status === 400);
  const shown = missing ? undefined : data;
  return (
    <div className="flex flex-col gap-4">
      <section aria-label="The two runs" className="rounded-lg border border-line bg-panel">
        {shown && <p className="border-b border-line px-4 py-2.5 font-medium">{comparisonSentence(shown)}</p>}
        {shown && <Side label="This run" run={shown.head} totals={shown.headTests} />}
        {shown && <Side label={other ? "Compared with" : "Last green"} run={shown.base} totals={shown.baseTests} />}
        <BaseChooser run={run} other={other} baseId={shown?.base.id} />
      </section>
      {error && !shown ? (
        <Panel title="Comparison">
          {missing ? (
            <EmptyState icon={Scale} title="Nothing to compare with">
              {error.message} Choose another run above.
            </EmptyState>
          ) : (
            <ErrorState title="The runs could not be compared" error={error} onRetry={() => refetch()} />
          )}
        </Panel>
      ) : shown ? (
        <div className={isPlaceholderData ? "opacity-60" : undefined}>
          <ComparisonView comparison={shown} run={run} />
        </div>
      ) : (
        <Panel title="Comparison">
          <Skeleton rows={10} label="Loading the comparison" />
        </Panel>
      )}
    </div>
  );
}

/** What changed, in one sentence. */
export function comparisonSentence({ tests }: Comparison): string {
  const parts = [
    tests.newFailures.total > 0 ? plural(tests.newFailures.total, "new failure") : null,
    tests.stillFailing.total > 0 ? `${tests.stillFailing.total} still failing` : null,
    tests.fixed.total > 0 ? `${tests.fixed.total} fixed` : null,
    tests.added.total > 0 ? plural(tests.added.total, "new test") : null,
    tests.missing.total > 0 ? plural(tests.missing.total, "missing test") : null,
    tests.slower.total > 0 ? `${tests.slower.total} slower` : null,
  ].filter(Boolean);
  return parts.length > 0 ? `${parts.join(", ")}.` : "No test did differently.";
}

function ComparisonView({ comparison, run }: { comparison: Comparison; run: RunDetail }) {
  return (
    <div className="flex flex-col gap-4">
      <ComparedTestsPanels comparison={comparison} />
      <CommitsBetween run={run} base={comparison.base} />
      <ComparedPictures files={comparison.files} />
      <ComparedJobs comparison={comparison} />
      <ComparedArtifacts run={run} baseId={comparison.base.id} />
      <ComparedFilesPanel files={comparison.files} />
    </div>
  );
}

function Side({ label, run, totals }: { label: string; run: RunRef; totals: TestTotals }) {
  return (
    <div className="flex flex-wrap items-center gap-x-4 gap-y-1 border-b border-line px-4 py-2 last:border-b-0">
      <span className="w-28 text-sm text-faint">{label}</span>
      <span className="min-w-0 flex-1 basis-72">
        <RunRefLine run={run} />
      </span>
      <TestCounts totals={totals} />
    </div>
  );
}
