// The cell under the pointer or the keyboard, in words and links.
import { Link } from "@tanstack/react-router";
import { PinOff } from "lucide-react";
import type { GridRun } from "../../api/types";
import { formatDuration, plural } from "../../format";
import { endingOf } from "../../outcome";
import { TestTitle, VerdictBadge } from "../../testing/badges";
import { firstLine } from "../../testing/stack";
import { Badge, Button, buttonClass, Name, Panel, StatusIcon, Time } from "../../ui";
import { type Bounds, boundsOf, type Cell, durationOf, type GridModel, letterAt, outcomeWord } from "./gridModel";
import { resultSearch } from "./resultSearch";

const tones = { F: "fail", L: "flaky", P: "pass", S: "plain", "-": "plain" } as const;

/** The panel beside the grid; a pinned cell stays while the pointer moves on. */
export function CellDetail({
  model,
  cell,
  isPinned,
  onRelease,
}: {
  model: GridModel;
  cell: Cell;
  isPinned: boolean;
  onRelease: () => void;
}) {
  const row = model.rows[cell.row];
  const run = model.runs[cell.column];
  if (!row || !run) return null;
  const letter = letterAt(model, cell);
  const family = row.families.get(cell.column);
  const bounds = boundsOf(model, cell);
  const took = durationOf(row.test.durations?.at(model.runs.length - 1 - cell.column) ?? "-");
  const title = family === undefined ? "" : (model.titles.get(family) ?? "");
  return (
    <Panel
      title="Selected cell"
      aside={
        isPinned && (
          <Button
            variant="quiet"
            className="-my-1 h-6"
            onClick={onRelease}
            title="Let it follow the pointer again (Esc)"
          >
            <PinOff aria-hidden size={13} /> Unpin
          </Button>
        )
      }
    >
      <div className="flex min-h-52 flex-col gap-2.5 px-4 py-3">
        <div className="flex items-start justify-between gap-2">
          <TestTitle test={row.test} to={row.test.id} />
          <VerdictBadge verdict={row.test.verdict} />
        </div>
        <p className="flex flex-wrap items-center gap-x-2 gap-y-1">
          <Badge tone={tones[letter] ?? "plain"}>{outcomeWord(letter)}</Badge>
          <span className="inline-flex items-center gap-1.5">
            in <StatusIcon of={endingOf(run)} size={14} />
            <Link to="/runs/$runId" params={{ runId: String(run.id) }}>
              #{run.runNumber}
            </Link>
          </span>
          <span className="text-faint">
            <Time at={run.createdAt} />
            {took !== null && `, about ${formatDuration(took)}`}
          </span>
        </p>
        <p className="text-sm break-words text-faint">
          <span className="font-mono text-xs">{run.headSha.slice(0, 7)}</span>{" "}
          <Name>{firstLine(run.commitMessage)}</Name>{" "}
          {run.commitAuthor && (
            <>
              by <Name>{run.commitAuthor}</Name>{" "}
            </>
          )}
          on <Name>{run.branch}</Name>
        </p>
        {run.guarded && (
          <p className="text-sm text-flaky-text">Everything failed at once in this run: it is held against no test.</p>
        )}
        {title && family !== undefined && (
          <Link
            to="/failures/$familyId"
            params={{ familyId: String(family) }}
            className="line-clamp-4 rounded-md border border-fail/40 bg-fail-soft px-2.5 py-1.5 font-mono text-xs break-words text-fail-text"
          >
            <Name>{title}</Name>
          </Link>
        )}
        {bounds && <BoundsView bounds={bounds} />}
        {letter !== "-" && (
          <Link
            to="/runs/$runId"
            params={{ runId: String(run.id) }}
            search={resultSearch(row.test)}
            className={`${buttonClass()} mt-auto self-start`}
          >
            Open the result
          </Link>
        )}
      </div>
    </Panel>
  );
}

/** Since when it fails, in the columns in view. */
function BoundsView({ bounds }: { bounds: Bounds }) {
  const { firstBad, lastGood, suspects, authors } = bounds;
  return (
    <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-4 gap-y-0.5 text-sm">
      <dt className="text-faint">First bad</dt>
      <dd>
        <RunSha run={firstBad} />
      </dd>
      <dt className="text-faint">Last good</dt>
      <dd>{lastGood ? <RunSha run={lastGood} /> : <span className="text-faint">before these columns</span>}</dd>
      {lastGood && (
        <>
          <dt className="text-faint">Suspects</dt>
          <dd>
            {suspects.length === 0 ? (
              <span className="text-faint">none: the code is the same</span>
            ) : (
              <>
                <Link
                  to="/runs/$runId/compare"
                  params={{ runId: String(firstBad.id) }}
                  search={{ with: lastGood.id }}
                  className="font-medium"
                >
                  {plural(suspects.length, "commit")}
                </Link>
                , {plural(authors, "author")}
              </>
            )}
          </dd>
        </>
      )}
    </dl>
  );
}

function RunSha({ run }: { run: GridRun }) {
  return (
    <>
      <span className="font-mono text-xs text-muted">{run.headSha.slice(0, 7)}</span> in{" "}
      <Link to="/runs/$runId" params={{ runId: String(run.id) }} className="font-medium">
        #{run.runNumber}
      </Link>
    </>
  );
}
