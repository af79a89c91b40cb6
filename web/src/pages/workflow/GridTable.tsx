// The grid as a real table, for a screen reader, for copying and for printing: so many rows at a time.
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { formatAbsolute, formatCount, formatDuration } from "../../format";
import { endingOf, outcomeLabel } from "../../outcome";
import { suiteOf } from "../../testing/words";
import { Button, Name, visibleName } from "../../ui";
import { type CellLetter, type GridModel, letterAt, markAt, outcomeWord } from "./gridModel";
import { resultSearch } from "./resultSearch";

const page = 50;
const tones: Record<CellLetter, string> = {
  F: "bg-fail text-white dark:text-[#1c0506] font-semibold",
  L: "bg-flaky text-[#221600] font-semibold",
  P: "text-pass-text",
  S: "text-faint",
  "-": "text-faint",
};
const signs: Record<CellLetter, string> = { F: "×", L: "~", P: "✓", S: "s", "-": "" };

/** The table: newest run first, for that is where a reader begins. */
export function GridTable({ model }: { model: GridModel }) {
  const [shown, setShown] = useState(page);
  const columns = model.runs.map((_, at) => model.runs.length - 1 - at);
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable with the keyboard. */}
      <section aria-label="Tests and runs as a table" tabIndex={0} className="relative max-h-[70vh] overflow-auto">
        <table className="border-collapse text-sm">
          <thead className="sticky top-0 z-10 bg-panel">
            <tr className="border-b border-line">
              <th scope="col" className="sticky left-0 bg-panel px-4 py-1.5 text-left font-medium">
                Test
              </th>
              <th scope="col" className="px-2 text-right font-normal text-faint">
                Flips
              </th>
              <th scope="col" className="px-2 text-right font-normal text-faint">
                p50
              </th>
              {columns.map((column) => {
                const run = model.runs[column];
                return (
                  run && (
                    <th key={run.id} scope="col" className="px-1 text-xs font-normal">
                      <Link
                        to="/runs/$runId"
                        params={{ runId: String(run.id) }}
                        preload={false}
                        title={visibleName(
                          `${outcomeLabel(endingOf(run))}, ${run.branch}, ${formatAbsolute(run.createdAt)}`,
                        )}
                        className="inline-flex min-h-6 min-w-6 items-center justify-center text-muted"
                      >
                        #{run.runNumber}
                      </Link>
                    </th>
                  )
                );
              })}
            </tr>
          </thead>
          <tbody>
            {model.rows.slice(0, shown).map((row, index) => (
              <tr key={row.test.id} className="h-7 border-b border-line hover:bg-raised/60">
                <th scope="row" className="sticky left-0 max-w-[36ch] truncate bg-panel px-4 text-left font-normal">
                  <Link to="/tests/$testId" params={{ testId: String(row.test.id) }} preload={false} data-row>
                    <Name>{row.test.name}</Name>
                  </Link>{" "}
                  <span className="text-xs text-faint max-sm:hidden">
                    <Name>{suiteOf(row.test)}</Name>
                  </span>
                </th>
                <td className="px-2 text-right text-faint">{row.flips}</td>
                <td className="px-2 text-right whitespace-nowrap text-faint">
                  {row.test.p50DurationMs === null ? "–" : formatDuration(row.test.p50DurationMs)}
                </td>
                {columns.map((column) => (
                  <TableCell key={model.runs[column]?.id} model={model} row={index} column={column} />
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      {shown < model.rows.length && (
        <div className="flex items-center justify-center gap-3 border-t border-line p-2 text-sm text-faint">
          {formatCount(shown)} of {formatCount(model.rows.length)} tests
          <Button onClick={() => setShown(shown + page)}>More tests</Button>
        </div>
      )}
    </>
  );
}

function TableCell({ model, row, column }: { model: GridModel; row: number; column: number }) {
  const cell = { row, column };
  const letter = letterAt(model, cell);
  const run = model.runs[column];
  const test = model.rows[row]?.test;
  const word = outcomeWord(letter);
  const sign = (
    <>
      <span aria-hidden>{markAt(model, cell) || signs[letter]}</span>
      <span className="sr-only">{word}</span>
    </>
  );
  return (
    <td className="p-px text-center">
      {run && test && (letter === "F" || letter === "L") ? (
        <Link
          to="/runs/$runId"
          params={{ runId: String(run.id) }}
          search={resultSearch(test)}
          preload={false}
          className={`flex h-6 min-w-6 items-center justify-center rounded-[2px] ${tones[letter]}`}
        >
          {sign}
        </Link>
      ) : (
        <span className={`flex h-6 min-w-6 items-center justify-center ${tones[letter]}`}>{sign}</span>
      )}
    </td>
  );
}
