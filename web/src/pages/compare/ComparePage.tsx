// A run beside another one: what its tests, files and jobs did differently. The last green run where none is named.
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { ArrowRight, Scale } from "lucide-react";
import { type FormEvent, useState } from "react";
import { ApiError } from "../../api/client";
import { comparisonQuery } from "../../api/history";
import type { Comparison, RunRef, TestTotals } from "../../api/types";
import { plural } from "../../format";
import { idOf } from "../../search";
import { NotFound } from "../../shell/NotFound";
import { usePageTitle } from "../../shell/usePageTitle";
import { TestCounts } from "../../testing/badges";
import { Button, buttonClass, EmptyState, ErrorState, Panel, Skeleton } from "../../ui";
import { RunRefLine } from "../RunRefs";
import { ComparedFilesPanel } from "./ComparedFilesPanel";
import { ComparedJobs } from "./ComparedJobs";
import { ComparedTestsPanels } from "./ComparedTestsPanels";

const route = getRouteApi("/runs/$runId/compare");

/** The comparison page. */
export function ComparePage() {
  const id = idOf(route.useParams().runId);
  return id === null ? <NotFound what="run" /> : <LoadedComparison key={id} id={id} />;
}

function LoadedComparison({ id }: { id: number }) {
  const { with: other } = route.useSearch();
  const { data, error, refetch, isPlaceholderData } = useQuery(comparisonQuery(id, other ?? "lastGreen"));
  usePageTitle(data ? `#${data.head.runNumber} compared with #${data.base.runNumber}` : "Comparison");
  const missing = error instanceof ApiError && (error.status === 404 || error.status === 400);
  return (
    <div className="flex flex-col gap-4">
      <header className="flex flex-col gap-2">
        <nav aria-label="Breadcrumb" className="text-sm text-faint">
          <Link to="/runs">Runs</Link> /{" "}
          <Link to="/runs/$runId" params={{ runId: String(id) }}>
            {data ? `#${data.head.runNumber}` : "Run"}
          </Link>
        </nav>
        <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
          <h1 className="text-xl font-semibold">
            {data && !error ? (
              <>
                #{data.head.runNumber} compared with #{data.base.runNumber}
              </>
            ) : (
              "Comparison"
            )}
          </h1>
          <OtherRun other={other} />
        </div>
      </header>
      {error && (!data || missing) ? (
        <Panel title="Comparison">
          {missing ? (
            <EmptyState
              icon={Scale}
              title="Nothing to compare with"
              action={
                <Link to="/runs/$runId" params={{ runId: String(id) }} className={buttonClass("primary")}>
                  To the run
                </Link>
              }
            >
              {error.message} Another run can be named above.
            </EmptyState>
          ) : (
            <ErrorState title="The runs could not be compared" error={error} onRetry={() => refetch()} />
          )}
        </Panel>
      ) : data ? (
        <div className={isPlaceholderData ? "opacity-60" : undefined}>
          <ComparisonView comparison={data} />
        </div>
      ) : (
        <Panel title="Comparison">
          <Skeleton rows={10} label="Loading the comparison" />
        </Panel>
      )}
    </div>
  );
}

/** The number in what was typed: a run's id, or an address of its page here or on GitHub. */
export function runIdIn(text: string): number | null {
  const inAddress = /\/runs\/(\d+)/.exec(text)?.[1];
  return idOf(inAddress ?? text.trim());
}

function OtherRun({ other }: { other: number | undefined }) {
  const navigate = route.useNavigate();
  const [draft, setDraft] = useState(other === undefined ? "" : String(other));
  const [isWrong, setIsWrong] = useState(false);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const id = draft.trim() === "" ? undefined : runIdIn(draft);
    setIsWrong(id === null);
    if (id !== null) void navigate({ search: id === undefined ? {} : { with: id } });
  };
  return (
    <form onSubmit={submit} className="flex flex-wrap items-center gap-2">
      <label className="flex items-center gap-2 text-sm text-muted">
        Compare with
        <input
          value={draft}
          onChange={(event) => setDraft(event.target.value)}
          placeholder="run id or address"
          aria-invalid={isWrong}
          aria-describedby={isWrong ? "other-run-problem" : undefined}
          className="h-8 w-44 rounded-md border border-line bg-panel px-2 text-sm text-text placeholder:text-faint aria-invalid:border-fail"
        />
      </label>
      <Button type="submit">Compare</Button>
      {other !== undefined && (
        <Button
          variant="quiet"
          onClick={() => {
            setDraft("");
            void navigate({ search: {} });
          }}
        >
          Last green
        </Button>
      )}
      {isWrong && (
        <p id="other-run-problem" role="alert" className="w-full text-sm text-fail-text">
          That is neither the id of a run nor its address.
        </p>
      )}
    </form>
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

function ComparisonView({ comparison }: { comparison: Comparison }) {
  return (
    <div className="flex flex-col gap-4">
      <section aria-label="The two runs" className="rounded-lg border border-line bg-panel">
        <p className="border-b border-line px-4 py-2.5 font-medium">{comparisonSentence(comparison)}</p>
        <Side label="This run" run={comparison.head} totals={comparison.headTests} />
        <Side label="Compared with" run={comparison.base} totals={comparison.baseTests} />
      </section>
      <ComparedTestsPanels comparison={comparison} />
      <ComparedJobs comparison={comparison} />
      <ComparedFilesPanel files={comparison.files} />
    </div>
  );
}

function Side({ label, run, totals }: { label: string; run: RunRef; totals: TestTotals }) {
  return (
    <div className="flex flex-wrap items-center gap-x-4 gap-y-1 border-b border-line px-4 py-2 last:border-b-0">
      <span className="flex w-28 items-center gap-1.5 text-sm text-faint">
        {label === "This run" && <ArrowRight aria-hidden size={13} />} {label}
      </span>
      <span className="min-w-0 flex-1 basis-72">
        <RunRefLine run={run} />
      </span>
      <TestCounts totals={totals} />
    </div>
  );
}
