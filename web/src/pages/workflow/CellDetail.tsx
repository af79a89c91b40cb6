// The cell under the pointer or the keyboard, in words and links.
import { Link } from "@tanstack/react-router";
import { endingOf } from "../../outcome";
import { TestTitle, VerdictBadge } from "../../testing/badges";
import { firstLine } from "../../testing/stack";
import { Badge, buttonClass, Name, Panel, StatusIcon, Time } from "../../ui";
import { type Cell, type GridModel, letterAt, outcomeWord } from "./gridModel";
import { resultSearch } from "./resultSearch";

const tones = { F: "fail", L: "flaky", P: "pass", S: "plain", "-": "plain" } as const;

/** The panel beside the grid. */
export function CellDetail({ model, cell }: { model: GridModel; cell: Cell }) {
  const row = model.rows[cell.row];
  const run = model.runs[cell.column];
  if (!row || !run) return null;
  const letter = letterAt(model, cell);
  const family = row.families.get(cell.column);
  const title = family === undefined ? "" : (model.titles.get(family) ?? "");
  return (
    <Panel title="Cell">
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
