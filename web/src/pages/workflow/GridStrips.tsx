// The grid on a telephone: one test a row with the strip of its outcomes, failing streaks first.
import { useState } from "react";
import { plural } from "../../format";
import { TestTitle, VerdictBadge } from "../../testing/badges";
import { OutcomeStrip } from "../../testing/OutcomeStrip";
import { Button } from "../../ui";
import type { GridModel, GridRow } from "./gridModel";

const page = 50;

/** The list. */
export function GridStrips({ model }: { model: GridModel }) {
  const [shown, setShown] = useState(page);
  return (
    <>
      <ul>
        {model.rows.slice(0, shown).map((row) => (
          <li key={row.test.id} className="flex flex-col gap-1.5 border-b border-line px-4 py-2.5 last:border-b-0">
            <div className="flex items-start justify-between gap-3">
              <TestTitle test={row.test} to={row.test.id} />
              <VerdictBadge verdict={row.test.verdict} />
            </div>
            <p className="flex flex-wrap items-center gap-x-3 gap-y-1 text-sm text-faint">
              <OutcomeStrip strip={row.cells} count={40} />
              {standing(row)}
            </p>
          </li>
        ))}
      </ul>
      {shown < model.rows.length && (
        <div className="flex justify-center border-t border-line p-2">
          <Button onClick={() => setShown(shown + page)}>More tests</Button>
        </div>
      )}
    </>
  );
}

function standing(row: GridRow): string {
  if (row.streak > 0) return `failing, ${plural(row.streak, "run")} in a row`;
  return row.flips > 0 ? `passes, ${plural(row.flips, "flip")}` : "passes";
}
