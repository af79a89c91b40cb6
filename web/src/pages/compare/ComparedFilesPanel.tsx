// Files of two runs: added, removed, changed; matched by artifact and path.
import { Link } from "@tanstack/react-router";
import type { ComparedFile, ComparedFiles, FileComparison } from "../../api/types";
import { formatBytes, formatCount, plural } from "../../format";
import { Name, Panel } from "../../ui";

const groups: { key: "changed" | "added" | "removed"; title: string }[] = [
  { key: "changed", title: "Changed" },
  { key: "added", title: "Only in this run" },
  { key: "removed", title: "Only in the other run" },
];

/** The panel, with what is the same as a number. */
export function ComparedFilesPanel({ files }: { files: FileComparison }) {
  const shown = groups.filter(({ key }) => files[key].total > 0);
  return (
    <Panel
      title="Files"
      count={formatCount(groups.reduce((sum, { key }) => sum + files[key].total, 0))}
      aside={`${plural(files.unchanged, "file")} the same${files.truncated ? "; one run has more files than are compared" : ""}`}
    >
      {shown.length === 0 ? (
        <p className="px-4 py-3 text-faint">
          {files.unchanged > 0 ? "The files of both runs are the same." : "Neither run has files."}
        </p>
      ) : (
        shown.map(({ key, title }) => <FileGroup key={key} title={title} files={files[key]} />)
      )}
    </Panel>
  );
}

function FileGroup({ title, files }: { title: string; files: ComparedFiles }) {
  return (
    <details open={files.total <= 10} className="border-b border-line last:border-b-0">
      <summary className="px-4 py-2 hover:bg-raised/60">
        <span className="font-medium">{title}</span> <span className="text-faint">{formatCount(files.total)}</span>
      </summary>
      <ul className="pb-2">
        {files.files.map((file) => (
          <FileRow key={`${file.artifactName} ${file.path}`} file={file} />
        ))}
      </ul>
      {files.total > files.files.length && (
        <p className="px-4 pb-2 text-sm text-faint">
          The first {formatCount(files.files.length)} of {formatCount(files.total)} are listed.
        </p>
      )}
    </details>
  );
}

function FileRow({ file }: { file: ComparedFile }) {
  return (
    <li className="flex min-h-8 flex-wrap items-center gap-x-3 px-4 py-0.5 text-sm hover:bg-raised/60">
      <span className="min-w-0 break-all">
        <span className="text-faint">
          <Name>{file.artifactName}</Name> /{" "}
        </span>
        <Name>{file.path}</Name>
      </span>
      <span className="ml-auto flex items-center gap-3 whitespace-nowrap text-faint">
        <Side label="there" id={file.baseId} bytes={file.baseBytes} path={file.path} />
        {file.baseId && file.headId && <span aria-hidden>→</span>}
        <Side label="here" id={file.headId} bytes={file.headBytes} path={file.path} />
      </span>
    </li>
  );
}

function Side({ label, id, bytes, path }: { label: string; id: string | null; bytes: number | null; path: string }) {
  if (id === null) return null;
  return (
    <Link to="/files/$fileId" params={{ fileId: id }}>
      {label} {bytes !== null && formatBytes(bytes)}
      <span className="sr-only">: {path}</span>
    </Link>
  );
}
