// The artifacts of a run, each with its state in words.
import { Link } from "@tanstack/react-router";
import { Download, PackageOpen } from "lucide-react";
import { artifactZipUrl } from "../../api/client";
import type { Artifact, RunDetail } from "../../api/types";
import { formatCount } from "../../format";
import { Badge, Bytes, buttonClass, type Column, EmptyState, Name, Table, Time, visibleName } from "../../ui";
import { artifactStates } from "./verdict";

/** The archive is on our disk in these states. */
const downloadable = new Set(["complete", "rejected"]);

const columns: Column[] = [
  { label: "Name" },
  { label: "State" },
  { label: "Files", align: "right" },
  { label: "Size", align: "right" },
  { label: "Digest" },
  { label: "Uploaded" },
  { label: "Archive", align: "right" },
];

/** The table. */
export function ArtifactsTable({ run }: { run: RunDetail }) {
  if (run.artifacts.length === 0) {
    return (
      <EmptyState icon={PackageOpen} title="No artifacts">
        {run.status === "completed"
          ? "This run uploaded nothing."
          : "Artifacts appear here as soon as they are uploaded."}
      </EmptyState>
    );
  }
  return (
    <Table columns={columns}>
      {run.artifacts.map((artifact) => (
        <ArtifactRow key={artifact.id} run={run} artifact={artifact} />
      ))}
    </Table>
  );
}

function ArtifactRow({ run, artifact }: { run: RunDetail; artifact: Artifact }) {
  const look = artifactStates[artifact.state] ?? { label: artifact.state, meaning: "", tone: "plain" as const };
  return (
    <tr className="min-h-10 border-b border-line last:border-b-0 focus-within:bg-selected hover:bg-raised/60">
      <td className="max-w-[40ch] py-2 pr-3 pl-4 font-medium break-words">
        {artifact.fileCount > 0 ? (
          <Link
            from="/runs/$runId"
            to="."
            search={{ tab: "files", artifact: artifact.id }}
            params={{ runId: String(run.id) }}
            data-row
          >
            <Name>{artifact.name}</Name>
          </Link>
        ) : (
          <Name>{artifact.name}</Name>
        )}
        {artifact.attempt !== null && run.attempts.length > 1 && (
          <span className="ml-2 text-sm font-normal text-faint">attempt {artifact.attempt}</span>
        )}
      </td>
      <td className="max-w-[44ch] px-3 py-2">
        <Badge tone={look.tone} title={look.meaning}>
          {look.label}
        </Badge>
        {artifact.state !== "complete" && (
          <div className="text-sm break-words text-faint">{artifact.reason ?? look.meaning}</div>
        )}
      </td>
      <td className="px-3 text-right">{artifact.state === "complete" ? formatCount(artifact.fileCount) : "–"}</td>
      <td className="px-3 text-right">
        <Bytes bytes={artifact.sizeBytes} />
      </td>
      <td className="px-3 font-mono text-xs text-faint">
        {artifact.digest ? (
          <span title={artifact.digest}>{artifact.digest.replace(/^sha256:/, "").slice(0, 12)}</span>
        ) : (
          "–"
        )}
      </td>
      <td className="px-3 text-faint">{artifact.createdAt ? <Time at={artifact.createdAt} /> : "–"}</td>
      <td className="py-1 pr-4 pl-3 text-right">
        {downloadable.has(artifact.state) ? (
          <a href={artifactZipUrl(artifact.id)} download className={buttonClass()}>
            <Download aria-hidden size={13} /> zip <span className="sr-only">of {visibleName(artifact.name)}</span>
          </a>
        ) : (
          <span className="text-sm text-faint">not here</span>
        )}
      </td>
    </tr>
  );
}
