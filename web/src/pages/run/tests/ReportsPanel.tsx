// The reports behind a run's tests: what each is, how it counts, and what is wrong with it.
import { Link } from "@tanstack/react-router";
import type { CoverageTotals, RunDetail, TestReport } from "../../../api/types";
import { formatCount, formatRate, plural } from "../../../format";
import { Variant } from "../../../testing/badges";
import { coverageRate, reportName, standingWord, stateWords } from "../../../testing/words";
import { Badge, type Column, Duration, Name, Panel, Table, visibleName } from "../../../ui";

const columns: Column[] = [
  { label: "Report" },
  { label: "Counts as" },
  { label: "Says" },
  { label: "Took", align: "right" },
];

/** Reports that count first, then the others; coverage and lint apart from tests. */
export function ReportsPanel({ run, reports }: { run: RunDetail; reports: TestReport[] }) {
  if (reports.length === 0) return null;
  const byId = new Map(reports.map((report) => [report.id, report]));
  return (
    <Panel title="Reports" count={reports.length} aside="Found in the artifacts, by their content">
      <Table columns={columns}>
        {reports.map((report) => (
          <ReportRow
            key={report.id}
            run={run}
            report={report}
            other={report.instead === null ? undefined : byId.get(report.instead)}
          />
        ))}
      </Table>
    </Panel>
  );
}

function ReportRow({ run, report, other }: { run: RunDetail; report: TestReport; other: TestReport | undefined }) {
  return (
    <tr id={`report-${report.id}`} className="border-b border-line align-top last:border-b-0 target:bg-selected">
      <td className="py-2 pr-3 pl-4">
        <Link
          to="/files/$fileId"
          params={{ fileId: report.fileId }}
          className="line-clamp-2 font-medium break-all"
          title={visibleName(report.path)}
        >
          <Name>{reportName(report)}</Name>
        </Link>
        <div className="flex flex-wrap items-center gap-x-2 text-sm text-faint">
          <span>{report.formatTitle}</span>
          {report.tool && (
            <span className="line-clamp-1 max-w-[40ch] break-all">
              by <Name>{report.tool}</Name>
            </span>
          )}
          <span className="line-clamp-2 break-all">
            in <Name>{report.artifactName}</Name>
          </span>
          {report.files > 1 && <span>{plural(report.files, "file")}</span>}
          {report.attempt !== null && run.attempts.length > 1 && <span>attempt {report.attempt}</span>}
          <Variant variant={report.variant} />
        </div>
      </td>
      <td className="px-3 py-2">
        <Standing report={report} other={other} />
      </td>
      <td className="px-3 py-2">
        <Content report={report} />
        {report.problems.length > 0 && (
          <ul className="mt-0.5 text-sm text-flaky-text">
            {report.problems.map((problem) => (
              <li key={problem} className="line-clamp-4 break-words" title={visibleName(problem)}>
                <bdi>{visibleName(problem)}</bdi>
              </li>
            ))}
          </ul>
        )}
      </td>
      <td className="py-2 pr-4 pl-3 text-right text-faint">
        <Duration ms={report.durationMs} />
      </td>
    </tr>
  );
}

function Standing({ report, other }: { report: TestReport; other: TestReport | undefined }) {
  const word = standingWord(report, other);
  if (word) {
    return (
      <span className="text-sm text-muted" title="Not counted: another report tells of the same tests">
        <bdi>{visibleName(word)}</bdi>
      </span>
    );
  }
  if (report.kind === "coverage" || report.kind === "lint") return <Badge>{report.kind}</Badge>;
  if (report.state === "complete") return <Badge tone="pass">counted</Badge>;
  const words: Partial<Record<TestReport["state"], string>> = {
    empty: "empty: not green",
    unreadable: "unreadable",
    partial: "counted, incomplete",
  };
  return (
    <Badge tone={stateWords[report.state].tone} title={stateWords[report.state].meaning}>
      {words[report.state] ?? stateWords[report.state].label}
    </Badge>
  );
}

function Content({ report }: { report: TestReport }) {
  if (report.kind === "coverage" && report.coverage) return <Coverage coverage={report.coverage} />;
  if (report.kind === "lint") return <span>{plural(report.findings, "finding")}</span>;
  const parts: [number, string][] = [
    [report.failed, "failed"],
    [report.flaky, "flaky"],
    [report.passed - report.flaky, "passed"],
    [report.skipped, "skipped"],
    [report.dropped, "more not kept"],
  ];
  const text = parts
    .filter(([count]) => count > 0)
    .map(([count, word]) => `${formatCount(count)} ${word}`)
    .join(", ");
  return <span className={report.failed > 0 ? "text-fail-text" : undefined}>{text || "no tests"}</span>;
}

/** Coverage as a share of lines with its bar, and of branches where the format has them. */
export function Coverage({ coverage }: { coverage: CoverageTotals }) {
  const lines = coverageRate(coverage.linesHit, coverage.lines);
  const branches = coverageRate(coverage.branchesHit, coverage.branches);
  if (lines === null) return <span className="text-faint">no lines counted</span>;
  return (
    <span className="inline-flex flex-wrap items-center gap-x-2">
      <span aria-hidden className="inline-block h-1.5 w-20 overflow-hidden rounded-full bg-skip/50">
        <span className="block h-full bg-pass" style={{ width: `${lines * 100}%` }} />
      </span>
      <span className="whitespace-nowrap">{formatRate(lines)} of lines</span>
      {branches !== null && <span className="whitespace-nowrap text-faint">{formatRate(branches)} of branches</span>}
      <span className="whitespace-nowrap text-faint">{plural(coverage.files, "file")}</span>
    </span>
  );
}
