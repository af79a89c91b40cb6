// Every test there is: searched, sorted, narrowed by verdict; each leads to its history.
import { useInfiniteQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { FlaskConical, ListX } from "lucide-react";
import { type TestSort, testsQuery } from "../../api/history";
import type { Verdict } from "../../api/types";
import { type TestsSearch, testSorts, verdicts } from "../../search";
import { usePageTitle } from "../../shell/usePageTitle";
import { verdictWords } from "../../testing/words";
import { Button, EmptyState } from "../../ui";
import { Choice } from "../Choice";
import { PagedPanel } from "../PagedPanel";
import { SearchField } from "../SearchField";
import { TestsTable } from "./TestsTable";

const route = getRouteApi("/tests");

const sortLabels: Record<TestSort, string> = {
  failures: "Most failures lately",
  impact: "Costliest",
  flips: "Most flips",
  failRate: "Fails most often",
  flakiness: "Flakiest",
  slowness: "Slowest",
  lastFailure: "Failed last",
  name: "Name",
};

/** The list of tests. */
export function TestsPage() {
  usePageTitle("Tests");
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const list = useInfiniteQuery(testsQuery(search));
  const tests = list.data?.pages.flatMap((page) => page.tests) ?? [];
  const last = list.data?.pages.at(-1);
  const change = (next: Partial<TestsSearch>) => navigate({ search: { ...search, ...next }, replace: true });
  const filtered = Boolean(search.q || search.verdict || search.repository);
  return (
    <>
      <h1 className="mb-3 text-xl font-semibold">Tests</h1>
      <div className="flex flex-col gap-3">
        <search className="flex flex-wrap items-center gap-2">
          <SearchField
            label="Search tests"
            value={search.q ?? ""}
            onChange={(q) => change(q ? { q } : ({ q: undefined } as never))}
          />
          <Choice<Verdict>
            label="Verdict"
            value={search.verdict}
            options={verdicts.map((verdict) => [verdict, verdictWords[verdict].label])}
            onChange={(verdict) => change({ verdict } as Partial<TestsSearch>)}
          />
          <Choice<TestSort>
            label="Sort"
            any={null}
            value={search.sort ?? "failures"}
            options={testSorts.map((sort) => [sort, sortLabels[sort]])}
            onChange={(sort) => change({ sort: sort === "failures" ? undefined : sort } as Partial<TestsSearch>)}
          />
          {filtered && (
            <Button
              variant="quiet"
              onClick={() => navigate({ search: search.sort ? { sort: search.sort } : {}, replace: true })}
            >
              Clear filters
            </Button>
          )}
        </search>
        <PagedPanel
          title="Tests"
          list={list}
          items="tests"
          rowHeight={52}
          shown={tests.length}
          empty={<NoTests filtered={filtered} partial={last?.totalIsExact === false} />}
        >
          <TestsTable tests={tests} />
        </PagedPanel>
      </div>
    </>
  );
}

function NoTests({ filtered, partial }: { filtered: boolean; partial: boolean }) {
  if (filtered) {
    return (
      <EmptyState icon={ListX} title="No test matches">
        {partial
          ? "A search looks through a bounded number of tests; a longer text narrows it."
          : "Clear a filter above to see more."}
      </EmptyState>
    );
  }
  return (
    <EmptyState icon={FlaskConical} title="No tests yet">
      Tests appear as soon as a run has uploaded a report as an artifact: JUnit XML, TRX, TAP, Playwright, Jest, go test
      and many others. No workflow has to be changed for Greenroom.
    </EmptyState>
  );
}
