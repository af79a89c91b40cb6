// How large the artifacts of two runs are, matched by name.
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { runQuery } from "../../api/client";
import type { Artifact, RunDetail } from "../../api/types";
import { formatBytes } from "../../format";
import { Bytes, type Column, Name, Panel, Table } from "../../ui";

/** An artifact in both runs; null where a run lacks it. */
export interface ComparedArtifact {
  name: string;
  baseBytes: number | null;
  headBytes: number | null;
  /** The newer one that is there, for its files. */
  artifact: Artifact | undefined;
}

function byName(artifacts: Artifact[]): Map<string, Artifact> {
  const named = new Map<string, Artifact>();
  // Attempts upload under the same name: the newest counts, and it comes last.
  for (const artifact of artifacts) named.set(artifact.name, artifact);
  return named;
}

/** The artifacts of both, those that changed most first. */
export function comparedArtifacts(base: Artifact[], head: Artifact[]): ComparedArtifact[] {
  const [before, after] = [byName(base), byName(head)];
  const change = (one: ComparedArtifact) => Math.abs((one.headBytes ?? 0) - (one.baseBytes ?? 0));
  return [...new Set([...after.keys(), ...before.keys()])]
    .map((name) => ({
      name,
      baseBytes: before.get(name)?.sizeBytes ?? null,
      headBytes: after.get(name)?.sizeBytes ?? null,
      artifact: after.get(name) ?? before.get(name),
    }))
    .sort((a, b) => change(b) - change(a));
}

/** "+1.2 MB (+18%)"; null where nothing changed or one side is missing. */
export function sizeChange({ baseBytes, headBytes }: Pick<ComparedArtifact, "baseBytes" | "headBytes">): string | null {
  if (baseBytes === null || headBytes === null || baseBytes === headBytes) return null;
  const difference = headBytes - baseBytes;
  const sign = difference > 0 ? "+" : "−";
  const percent = baseBytes > 0 ? Math.round((Math.abs(difference) / baseBytes) * 100) : 0;
  return `${sign}${formatBytes(Math.abs(difference))}${percent > 0 ? ` (${sign}${percent}%)` : ""}`;
}

const columns: Column[] = [
  { label: "Name" },
  { label: "There", align: "right" },
  { label: "Here", align: "right" },
  { label: "Change", align: "right" },
];

/** The panel; nothing while the other run loads, or where neither has artifacts. */
export function ComparedArtifacts({ run, baseId }: { run: RunDetail; baseId: number }) {
  const { data: base } = useQuery(runQuery(baseId));
  if (!base) return null;
  const artifacts = comparedArtifacts(base.artifacts, run.artifacts);
  if (artifacts.length === 0) return null;
  const total = (list: Artifact[]) => [...byName(list).values()].reduce((sum, one) => sum + one.sizeBytes, 0);
  const whole = sizeChange({ baseBytes: total(base.artifacts), headBytes: total(run.artifacts) });
  return (
    <Panel title="Artifacts" count={artifacts.length} aside={whole ? `${whole} in all` : "The same size in all"}>
      <Table columns={columns} label="Sizes of artifacts">
        {artifacts.map((one) => (
          <tr key={one.name} className="border-b border-line last:border-b-0 hover:bg-raised/60">
            <td className="max-w-[48ch] py-1.5 pr-3 pl-4 break-words">
              {one.artifact ? (
                <Link
                  to="/runs/$runId"
                  params={{ runId: String(one.artifact.runId) }}
                  search={{ tab: "files", artifact: one.artifact.id }}
                  data-row
                >
                  <Name>{one.name}</Name>
                </Link>
              ) : (
                <Name>{one.name}</Name>
              )}
            </td>
            <td className="px-3 text-right text-muted">
              {one.baseBytes === null ? "–" : <Bytes bytes={one.baseBytes} />}
            </td>
            <td className="px-3 text-right text-muted">
              {one.headBytes === null ? "–" : <Bytes bytes={one.headBytes} />}
            </td>
            <td className="pr-4 pl-3 text-right whitespace-nowrap">
              {sizeChange(one) ??
                (one.baseBytes === null ? "only here" : one.headBytes === null ? "only there" : "same")}
            </td>
          </tr>
        ))}
      </Table>
    </Panel>
  );
}
