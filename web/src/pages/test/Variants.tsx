// A test's results by the dimensions it ran in.
import { Link } from "@tanstack/react-router";
import type { TestDetail } from "../../api/types";
import { formatCount, formatRate } from "../../format";
import { type Column, Duration, Name, Panel, Table } from "../../ui";

const columns: Column[] = [
  { label: "Variant" },
  { label: "Results", align: "right" },
  { label: "Failed", align: "right" },
  { label: "Flaky", align: "right" },
  { label: "Median", align: "right" },
];

/** The table; a row narrows the history to its variant. */
export function Variants({ test }: { test: TestDetail }) {
  return (
    <Panel title="Variants" count={test.variants.length} aside="Among the newest 500 results">
      <Table columns={columns}>
        {test.variants.map((one) => (
          <tr key={one.variant} className="h-9 border-b border-line last:border-b-0 hover:bg-raised/60">
            <td className="max-w-[48ch] truncate pr-3 pl-4">
              {one.variant ? (
                <Link
                  to="/tests/$testId"
                  params={{ testId: String(test.id) }}
                  search={{ variant: one.variant }}
                  title="Only this variant in the history"
                >
                  <Name>{one.variant}</Name>
                </Link>
              ) : (
                <span className="text-faint">none named</span>
              )}
            </td>
            <td className="px-3 text-right">{formatCount(one.results)}</td>
            <td className="px-3 text-right">
              <Share part={one.failures} of={one.results} className="text-fail-text" />
            </td>
            <td className="px-3 text-right">
              <Share part={one.flaky} of={one.results} className="text-flaky-text" />
            </td>
            <td className="pr-4 pl-3 text-right">
              <Duration ms={one.p50DurationMs} />
            </td>
          </tr>
        ))}
      </Table>
    </Panel>
  );
}

function Share({ part, of, className }: { part: number; of: number; className: string }) {
  if (part === 0) return <span className="text-faint">0</span>;
  return (
    <span className={className}>
      {formatCount(part)} <span className="text-sm text-faint">({formatRate(part / Math.max(1, of))})</span>
    </span>
  );
}
