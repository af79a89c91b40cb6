// Tests as rows: what is thought of them, their latest outcomes, and their figures.
import type { Test } from "../../api/types";
import { formatCount, formatRate } from "../../format";
import { TestTitle, VerdictBadge } from "../../testing/badges";
import { OutcomeStrip } from "../../testing/OutcomeStrip";
import { type Column, Duration, Table, Time } from "../../ui";

const columns: Column[] = [
  { label: "Test" },
  { label: "Verdict" },
  { label: "Last results", from: "md" },
  { label: "Failures", align: "right", from: "sm" },
  { label: "Cost", align: "right", from: "lg" },
  { label: "Flips", align: "right", from: "lg" },
  { label: "Fail rate", align: "right", from: "lg" },
  { label: "Average", align: "right", from: "lg" },
  { label: "Failed last", align: "right", from: "sm" },
];

/** The table; columns that a telephone has no room for are left out there. */
export function TestsTable({ tests }: { tests: Test[] }) {
  const several = new Set(tests.map((test) => test.repository)).size > 1;
  return (
    <Table columns={columns}>
      {tests.map((test) => (
        <TestRow key={test.id} test={test} showRepository={several} />
      ))}
    </Table>
  );
}

function TestRow({ test, showRepository }: { test: Test; showRepository: boolean }) {
  return (
    <tr className="h-[52px] border-b border-line last:border-b-0 focus-within:bg-selected hover:bg-raised/60">
      <td className="max-w-[60ch] py-1.5 pr-3 pl-4">
        <TestTitle test={test} to={test.id} />
        {showRepository && <span className="text-sm text-faint">{test.repository}</span>}
      </td>
      <td className="px-3">
        <span title={test.reason || undefined}>
          <VerdictBadge verdict={test.verdict} />
        </span>
      </td>
      <td className="px-3 max-md:hidden">
        <OutcomeStrip strip={test.strip} />
      </td>
      <td className="px-3 text-right whitespace-nowrap max-sm:hidden">
        <span className={test.recentFailures > 0 ? "font-medium" : "text-faint"}>
          {formatCount(test.recentFailures)} <span className="text-sm font-normal text-faint">in 30 days</span>
        </span>
        <div className="text-sm text-faint">
          {formatCount(test.failures)} of {formatCount(test.results)}
        </div>
      </td>
      <td
        className="px-3 text-right max-lg:hidden"
        title="The durations of the runs in which it failed in 30 days, together"
      >
        {test.impactMs > 0 ? <Duration ms={test.impactMs} /> : <span className="text-faint">–</span>}
      </td>
      <td className="px-3 text-right max-lg:hidden" title="Turns between passed and failed on the default branch">
        {test.flips > 0 ? formatCount(test.flips) : <span className="text-faint">–</span>}
      </td>
      <td className="px-3 text-right max-lg:hidden">
        {test.failRate > 0 ? formatRate(test.failRate) : <span className="text-faint">–</span>}
      </td>
      <td className="px-3 text-right max-lg:hidden">
        <Duration ms={test.averageDurationMs} />
      </td>
      <td className="py-1.5 pr-4 pl-3 text-right text-faint max-sm:hidden">
        {test.lastFailureAt ? <Time at={test.lastFailureAt} /> : "never"}
      </td>
    </tr>
  );
}
