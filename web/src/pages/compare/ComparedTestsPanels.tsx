// Tests of two runs by what happened to them; what matters most comes first and open.
import type { ComparedTest, ComparedTests, Comparison, TestStatus } from "../../api/types";
import { formatCount, formatDuration } from "../../format";
import { TestIcon, TestTitle, VerdictBadge } from "../../testing/badges";
import { firstLine } from "../../testing/stack";
import { Panel } from "../../ui";
import { Change } from "./Change";

const groups: { key: keyof Comparison["tests"]; title: string; about: string; tone?: "fail" }[] = [
  { key: "newFailures", title: "New failures", about: "Fail here and did not fail there", tone: "fail" },
  { key: "stillFailing", title: "Still failing", about: "Fail in both", tone: "fail" },
  { key: "fixed", title: "Fixed", about: "Failed there and pass here" },
  { key: "slower", title: "Slower", about: "At least half again as slow, and by 100 ms or more" },
  { key: "missing", title: "Missing", about: "Only in the other run" },
  { key: "added", title: "Added", about: "Only in this run" },
];

/** A panel for each group that has a test. */
export function ComparedTestsPanels({ comparison }: { comparison: Comparison }) {
  const shown = groups.filter(({ key }) => comparison.tests[key].total > 0);
  if (shown.length === 0) {
    return (
      <Panel title="Tests">
        <p className="px-4 py-3 text-faint">
          {comparison.headTests.total + comparison.baseTests.total === 0
            ? "Neither run has tests."
            : "Every test did the same in both runs."}
        </p>
      </Panel>
    );
  }
  return shown.map(({ key, title, about, tone }) => (
    <Group key={key} title={title} about={about} tests={comparison.tests[key]} {...(tone ? { tone } : {})} />
  ));
}

const atFirst = 20;

function Group({ title, about, tests, tone }: { title: string; about: string; tests: ComparedTests; tone?: "fail" }) {
  const rest = tests.tests.slice(atFirst);
  return (
    <Panel title={title} count={formatCount(tests.total)} aside={about} {...(tone ? { tone } : {})}>
      <ul>
        {tests.tests.slice(0, atFirst).map((test) => (
          <Row key={test.id} test={test} />
        ))}
      </ul>
      {rest.length > 0 && (
        <details>
          <summary className="px-4 py-2 text-sm text-faint hover:text-text">{formatCount(rest.length)} more</summary>
          <ul className="border-t border-line">
            {rest.map((test) => (
              <Row key={test.id} test={test} />
            ))}
          </ul>
        </details>
      )}
      {tests.total > tests.tests.length && (
        <p className="border-t border-line px-4 py-2 text-sm text-faint">
          The first {formatCount(tests.tests.length)} of {formatCount(tests.total)} are listed.
        </p>
      )}
    </Panel>
  );
}

function Row({ test }: { test: ComparedTest }) {
  const message = firstLine(test.message ?? "");
  return (
    <li className="flex flex-wrap items-start gap-x-4 gap-y-1 border-b border-line px-4 py-2 last:border-b-0 focus-within:bg-selected hover:bg-raised/60">
      <Outcomes base={test.base} head={test.head} />
      <div className="min-w-0 flex-1 basis-64">
        <TestTitle test={test} to={test.id} />
        {message && (
          <p className="line-clamp-2 font-mono text-xs break-words text-fail-text">
            <bdi>{message}</bdi>
          </p>
        )}
      </div>
      <VerdictBadge verdict={test.verdict} />
      <span className="flex min-w-32 items-center justify-end gap-2 text-sm text-faint">
        <span className="whitespace-nowrap">
          {test.baseDurationMs === null ? "–" : formatDuration(test.baseDurationMs)} →{" "}
          {test.headDurationMs === null ? "–" : formatDuration(test.headDurationMs)}
        </span>
        <Change base={test.baseDurationMs} head={test.headDurationMs} />
      </span>
    </li>
  );
}

function Outcomes({ base, head }: { base: TestStatus | null; head: TestStatus | null }) {
  return (
    <span className="mt-0.5 inline-flex items-center gap-1 text-faint">
      {base ? <TestIcon status={base} size={16} /> : <Absent />}
      <span aria-hidden>→</span>
      <span className="sr-only">then, and now</span>
      {head ? <TestIcon status={head} size={16} /> : <Absent />}
    </span>
  );
}

function Absent() {
  return (
    <span
      role="img"
      aria-label="not in this run"
      title="not in this run"
      className="inline-flex size-4 items-center justify-center rounded-full border border-dashed border-skip"
    />
  );
}
