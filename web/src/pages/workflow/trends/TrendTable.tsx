// The charts' figures as a table, newest bucket first: for a screen reader, for copying, for exact numbers.
import { Link } from "@tanstack/react-router";
import type { Trends } from "../../../api/types";
import { formatCount } from "../../../format";
import { type Column, Panel, Table } from "../../../ui";
import { bucketBounds, bucketName, type Chart } from "./trendModel";

/** The table. */
export function TrendTable({ charts, trends }: { charts: Chart[]; trends: Trends }) {
  const lines = charts.flatMap((chart) => chart.lines.map((line) => ({ chart, line })));
  const columns: Column[] = [
    { label: "Time" },
    ...lines.map(({ chart, line }): Column => ({ label: headOf(chart, line.label), align: "right" })),
  ];
  const newestFirst = trends.t.map((_, at) => trends.t.length - 1 - at);
  return (
    <Panel title="Figures" count={formatCount(trends.t.length)}>
      <Table columns={columns}>
        {newestFirst.map((at) => (
          <tr key={trends.t[at]} className="h-8 border-b border-line last:border-b-0 hover:bg-raised/60">
            <th scope="row" className="pr-3 pl-4 text-left font-normal whitespace-nowrap">
              <Link to="." search={((old: object) => ({ ...old, ...bucketSearch(trends, at) })) as never} data-row>
                {bucketName(trends, at)}
              </Link>
            </th>
            {lines.map(({ chart, line }) => {
              const value = line.values[at] ?? null;
              return (
                <td key={`${chart.id} ${line.label}`} className="px-3 text-right whitespace-nowrap last:pr-4">
                  {value === null ? <span className="text-faint">–</span> : chart.format(value)}
                </td>
              );
            })}
          </tr>
        ))}
      </Table>
    </Panel>
  );
}

function headOf(chart: Chart, label: string): string {
  const short: Record<string, string> = { rate: "Success", queue: "Queue", artifacts: "Artifacts", tests: "Tests" };
  if (chart.lines.length === 1) return short[chart.id] ?? chart.title;
  return `${short[chart.id] ?? chart.title} ${label}`;
}

/** What the address becomes when a bucket is opened: its runs. */
export function bucketSearch(trends: Trends, at: number): Record<string, unknown> {
  return { view: undefined, as: undefined, cursor: undefined, ...bucketBounds(trends, at) };
}
