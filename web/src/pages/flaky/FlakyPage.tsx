// Tests that cannot be relied on, worst first: proven ones, then suspects, then those that seem to recover.
import { useInfiniteQuery } from "@tanstack/react-query";
import { Sparkles } from "lucide-react";
import { testsQuery } from "../../api/history";
import type { Test, Verdict } from "../../api/types";
import { formatCount, formatDuration, formatRate, plural } from "../../format";
import { usePageTitle } from "../../shell/usePageTitle";
import { TestTitle } from "../../testing/badges";
import { OutcomeStrip } from "../../testing/OutcomeStrip";
import { passesFor95 } from "../../testing/words";
import { EmptyState, Name, Time } from "../../ui";
import { PagedPanel } from "../PagedPanel";

const sections: { verdict: Verdict; title: string; about: string; empty: string }[] = [
  {
    verdict: "flaky",
    title: "Flaky",
    about: "Proven: the same code both passed and failed, at least twice",
    empty: "No test has both passed and failed on the same code lately.",
  },
  {
    verdict: "suspect",
    title: "Suspect",
    about: "Looks flaky, and the proof is missing",
    empty: "No test looks flaky without proof.",
  },
  {
    verdict: "recovering",
    title: "Recovering",
    about: "Was flaky, and has not contradicted itself lately",
    empty: "No test is recovering.",
  },
];

/** The page of flaky tests. */
export function FlakyPage() {
  usePageTitle("Flaky tests");
  return (
    <>
      <h1 className="mb-1 text-xl font-semibold">Flaky tests</h1>
      <p className="mb-3 max-w-3xl text-muted">
        Ranked by what they cost: the minutes of the runs that failed with them in 30 days. A test is called flaky only
        with proof; open it to see the runs that prove it.
      </p>
      <div className="flex flex-col gap-4">
        {sections.map((section) => (
          <Section key={section.verdict} {...section} />
        ))}
      </div>
    </>
  );
}

function Section({ verdict, title, about, empty }: (typeof sections)[number]) {
  const list = useInfiniteQuery(testsQuery({ verdict, sort: "impact" }));
  const tests = list.data?.pages.flatMap((page) => page.tests) ?? [];
  return (
    <PagedPanel
      title={title}
      aside={<span className="max-sm:hidden">{about}</span>}
      list={list}
      items={`${title.toLowerCase()} tests`}
      rows={verdict === "flaky" ? 5 : 2}
      rowHeight={64}
      shown={tests.length}
      empty={
        verdict === "flaky" ? (
          <EmptyState icon={Sparkles} title="Nothing is flaky">
            {empty}
          </EmptyState>
        ) : (
          <p className="px-4 py-3 text-faint">{empty}</p>
        )
      }
    >
      <ol>
        {tests.map((test, index) => (
          <FlakyRow key={test.id} test={test} rank={index + 1} />
        ))}
      </ol>
    </PagedPanel>
  );
}

function FlakyRow({ test, rank }: { test: Test; rank: number }) {
  const passes = passesFor95(test.flakeRate);
  return (
    <li className="grid grid-cols-[2rem_minmax(0,1fr)] gap-x-2 border-b border-line px-4 py-2.5 last:border-b-0 focus-within:bg-selected hover:bg-raised/60 md:grid-cols-[2rem_minmax(0,1fr)_auto] md:items-center md:gap-x-6">
      <span className="text-right text-faint">{formatCount(rank)}</span>
      <div className="min-w-0">
        <TestTitle test={test} to={test.id} />
        <p className="mt-0.5 text-sm break-words text-muted">
          <Name>{test.reason}</Name>
        </p>
      </div>
      <div className="col-start-2 mt-1.5 flex flex-wrap items-center gap-x-6 gap-y-1 md:col-start-3 md:mt-0">
        <OutcomeStrip strip={test.strip} />
        <dl className="flex gap-x-5 text-sm md:text-right">
          <Figure
            label="Cost"
            value={test.impactMs > 0 ? formatDuration(test.impactMs) : "–"}
            title="The durations of the runs in which it failed in 30 days, together"
            wide
          />
          <Figure label="Flake rate" value={test.flakeRate > 0 ? formatRate(test.flakeRate) : "–"} wide />
          <Figure
            label="To prove a fix"
            value={passes === null ? "–" : plural(passes, "pass", "passes")}
            title="So many passes in a row make it 95 % sure that a fix works, at this flake rate"
          />
          <div className="md:w-20">
            <dt className="whitespace-nowrap text-faint">Failed last</dt>
            <dd>{test.lastFailureAt ? <Time at={test.lastFailureAt} /> : "–"}</dd>
          </div>
        </dl>
      </div>
    </li>
  );
}

function Figure({ label, value, title, wide }: { label: string; value: string; title?: string; wide?: boolean }) {
  return (
    <div className={wide ? "md:w-16" : "md:w-24"} title={title}>
      <dt className="whitespace-nowrap text-faint">{label}</dt>
      <dd className="font-medium">{value}</dd>
    </div>
  );
}
