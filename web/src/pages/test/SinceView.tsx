// Since when something fails on the default branch: last green, first red, and the commits between.
import type { RunRef, Since } from "../../api/types";
import { plural } from "../../format";
import { Badge, Name, Panel } from "../../ui";
import { RunRefLine, RunRefs } from "../RunRefs";

/** The bracket with its suspects. */
export function SinceView({ since }: { since: Since }) {
  return (
    <Panel title="Failing since" tone="fail" aside={since.inconclusive && <Badge tone="flaky">inconclusive</Badge>}>
      <p className="px-4 pt-3 pb-1 break-words text-muted">
        <Name>{since.reason}</Name>
      </p>
      <dl className="px-4 pb-2">
        <Edge label="Last green" run={since.lastGreen} none="none in the history kept here" />
        <Edge label="First red" run={since.firstRed} none="not known" />
      </dl>
      {since.commits.length > 0 && (
        <div className="border-t border-line">
          <h3 className="px-4 pt-2 pb-1 text-sm font-semibold">
            {since.inconclusive
              ? `${plural(since.commits.length, "commit")} in between; too many or too patchy to name a culprit`
              : since.commits.length === 1
                ? "The only commit in between: the suspect"
                : `Suspects: ${plural(since.commits.length, "commit")}, oldest first`}
          </h3>
          <RunRefs runs={since.commits} />
        </div>
      )}
    </Panel>
  );
}

function Edge({ label, run, none }: { label: string; run: RunRef | null; none: string }) {
  return (
    <div className="flex flex-wrap items-baseline gap-x-4 py-1">
      <dt className="w-20 shrink-0 text-sm text-faint">{label}</dt>
      <dd className="min-w-0 flex-1 basis-64">
        {run ? <RunRefLine run={run} /> : <span className="text-faint">{none}</span>}
      </dd>
    </div>
  );
}
