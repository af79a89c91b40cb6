// How a test fails: its causes with how often each occurred here, near-equal ones side by side.
import type { Family, TestCause, TestDetail } from "../../api/types";
import { formatCount, plural } from "../../format";
import { plainText } from "../../testing/stack";
import { type Column, Panel, Table, Time } from "../../ui";
import { FamilyBadges, FamilyLink } from "../failures/FailuresPage";
import { causesInOrder } from "./causes";

const columns: Column[] = [
  { label: "Cause" },
  { label: "Failures", align: "right" },
  { label: "First", align: "right", from: "sm" },
  { label: "Last", align: "right", from: "sm" },
];

/** The table. */
export function Causes({ test }: { test: TestDetail }) {
  const causes = causesInOrder(test);
  const most = Math.max(1, ...causes.map(({ cause }) => cause.failures));
  return (
    <Panel title="How it fails" count={causes.length} aside="Failures by cause, most first">
      <Table columns={columns}>
        {causes.map(({ family, cause, nearTo }) => (
          <CauseRow key={family.id} family={family} cause={cause} nearTo={nearTo} most={most} />
        ))}
      </Table>
    </Panel>
  );
}

function CauseRow({
  family,
  cause,
  nearTo,
  most,
}: {
  family: Family;
  cause: TestCause;
  nearTo: Family | null;
  most: number;
}) {
  return (
    <tr className="border-b border-line last:border-b-0 focus-within:bg-selected hover:bg-raised/60">
      <td className="max-w-[70ch] py-2 pr-3 pl-4">
        <FamilyLink family={family} />
        <p className="mt-0.5 flex flex-wrap items-center gap-x-2 gap-y-1 text-sm text-faint">
          <FamilyBadges family={family} />
          {family.tests > 1 && <span>also in {plural(family.tests - 1, "other test")}</span>}
          {nearTo && (
            <span>
              nearly the same as “<bdi>{plainText(nearTo.title).slice(0, 60)}</bdi>”
            </span>
          )}
        </p>
      </td>
      <td className="px-3 text-right whitespace-nowrap">
        <span className="font-medium">{formatCount(cause.failures)}</span>
        <span aria-hidden className="mt-0.5 ml-auto block h-1 w-20 max-sm:w-10 overflow-hidden rounded-full bg-raised">
          <span className="block h-full bg-fail" style={{ width: `${(cause.failures / most) * 100}%` }} />
        </span>
      </td>
      <td className="px-3 text-right text-faint max-sm:hidden">
        <Time at={cause.firstAt} />
      </td>
      <td className="pr-4 pl-3 text-right text-faint max-sm:hidden">
        <Time at={cause.lastAt} />
      </td>
    </tr>
  );
}
