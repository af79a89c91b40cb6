// One file of an artifact in its viewer, with the way to its neighbours.
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import clsx from "clsx";
import { ChevronLeft, ChevronRight, Copy, Download, Link as LinkIcon } from "lucide-react";
import { lazy, Suspense } from "react";
import { ApiError, fileQuery, runQuery } from "../../api/client";
import type { File } from "../../api/types";
import { flagMeaning } from "../../fileFlags";
import { copyText } from "../../log/clipboard";
import { usePageKeys } from "../../pageKeys";
import { NotFound } from "../../shell/NotFound";
import { usePageTitle } from "../../shell/usePageTitle";
import { showToast } from "../../toast";
import { Badge, Button, Bytes, buttonClass, ErrorState, Name, Panel, Skeleton, visibleName } from "../../ui";
import { viewerFor, viewersFor } from "../../viewers/registry";
import { useAllFiles } from "../run/useAllFiles";
import { Siblings } from "../Siblings";

const route = getRouteApi("/files/$fileId");
const FileView = lazy(async () => ({ default: (await import("../../viewers")).FileView }));

/** The file page. */
export function FilePage() {
  const { fileId } = route.useParams();
  const { data: file, error, refetch } = useQuery(fileQuery(fileId));
  usePageTitle(file?.path);
  if (error instanceof ApiError && (error.status === 404 || error.status === 400)) return <NotFound what="file" />;
  if (file) return <LoadedFile key={file.id} file={file} />;
  return (
    <>
      <h1 className="mb-3 text-xl font-semibold">File</h1>
      <Panel title="Content">
        {error ? (
          <ErrorState title="The file could not be loaded" error={error} onRetry={() => refetch()} />
        ) : (
          <Skeleton rows={12} rowHeight={22} label="Loading the file" />
        )}
      </Panel>
    </>
  );
}

function LoadedFile({ file }: { file: File }) {
  const { as } = route.useSearch();
  const { data: run } = useQuery(runQuery(file.runId));
  const { files: siblings, list } = useAllFiles(file.runId);
  // A comparison is known to be possible only when the other files are.
  const isWaiting = as === "compare" && list.isPending;
  const folders = file.path.split("/").slice(0, -1);
  const name = file.path.split("/").at(-1) || file.path;
  return (
    <div className="flex flex-col gap-3">
      <nav aria-label="Breadcrumb" className="text-sm break-words text-faint">
        {run && (
          <>
            <Link to="/workflows/$workflowId" params={{ workflowId: String(run.workflowId) }}>
              <Name>{run.workflowName}</Name>
            </Link>{" "}
            /{" "}
          </>
        )}
        <Link to="/runs/$runId" params={{ runId: String(file.runId) }} search={{ tab: "files" }}>
          {run ? (
            <>
              <Name>{run.title}</Name> #{run.runNumber}
            </>
          ) : (
            "Run"
          )}
        </Link>{" "}
        /{" "}
        <Link
          to="/runs/$runId"
          params={{ runId: String(file.runId) }}
          search={{ tab: "files", artifact: file.artifactId }}
        >
          <Name>{file.artifactName}</Name>
        </Link>
        {folders.length > 0 && (
          <>
            {" / "}
            <Name>{folders.join(" / ")}</Name>
          </>
        )}
      </nav>
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
        <h1 className="min-w-0 text-xl font-semibold break-all">
          <Name>{name}</Name>
        </h1>
        <span className="text-sm text-faint">
          <Bytes bytes={file.sizeBytes} /> · {file.mediaType}
        </span>
        <div className="ml-auto flex flex-wrap items-center gap-2">
          <ViewChoice file={file} siblings={siblings} as={as} />
          <Neighbours file={file} siblings={siblings} />
          <CopyMenu file={file} />
          <a href={`${file.url}?download=1`} download className={buttonClass()}>
            <Download aria-hidden size={13} /> Download
          </a>
        </div>
      </div>
      {file.flags.length > 0 && <Flags file={file} />}
      <Suspense fallback={<Skeleton rows={12} rowHeight={22} label="Loading the viewer" />}>
        {isWaiting ? (
          <Skeleton rows={12} rowHeight={22} label="Loading the files beside this one" />
        ) : (
          <FileView file={file} siblings={siblings} as={as} />
        )}
      </Suspense>
    </div>
  );
}

/** Puts the file's path, or the address of what is shown now, on the clipboard. */
function CopyMenu({ file }: { file: File }) {
  const copy = (text: string, what: string) =>
    void copyText(text).then((done) => showToast(done ? `${what} copied` : "The browser refused to copy"));
  const copyLink = () => copy(window.location.href, "Link");
  usePageKeys("File", [{ keys: ["y"], label: "Copy a link to what is shown", run: copyLink }]);
  return (
    <>
      <Button title="Copy the path of the file" onClick={() => copy(visibleName(file.path), "Path")}>
        <Copy aria-hidden size={13} /> Path
      </Button>
      <Button title="Copy a link to what is shown (y)" onClick={copyLink}>
        <LinkIcon aria-hidden size={13} /> Link
      </Button>
    </>
  );
}

/** The ways to look at the file, as links; the one in use is marked. */
function ViewChoice({ file, siblings, as }: { file: File; siblings: File[]; as: string | undefined }) {
  const all = viewersFor(file, siblings);
  const shown = viewerFor(file, siblings, as);
  if (all.length < 2) return null;
  return (
    <nav aria-label="View as" className="flex rounded-lg border border-line bg-panel p-px">
      {all.map(({ name, label }, at) => (
        <Link
          key={name}
          to="."
          search={(before) => ({ ...before, as: at === 0 ? undefined : name }) as never}
          replace
          resetScroll={false}
          aria-current={name === shown.name ? "page" : undefined}
          className={clsx(
            "flex h-7 items-center rounded-md px-2 text-sm whitespace-nowrap hover:no-underline",
            name === shown.name ? "bg-raised font-medium text-text" : "text-muted hover:text-text",
          )}
        >
          {label}
        </Link>
      ))}
    </nav>
  );
}

function Flags({ file }: { file: File }) {
  return (
    <ul className="flex flex-col gap-1 rounded-lg border border-line bg-panel px-4 py-2">
      {file.flags.map((flag) => {
        const { label, meaning, prevents } = flagMeaning(flag);
        return (
          <li key={flag}>
            <Badge tone={prevents ? "fail" : "flaky"}>{label}</Badge> <span className="text-muted">{meaning}</span>
          </li>
        );
      })}
    </ul>
  );
}

function Neighbours({ file, siblings }: { file: File; siblings: File[] }) {
  return (
    <Siblings
      label="Files of this run"
      noun="file"
      all={siblings}
      index={siblings.findIndex((one) => one.id === file.id)}
      icons={{ previous: ChevronLeft, next: ChevronRight }}
      nameOf={(one) => one.path}
      link={(one, look) => <Link to="/files/$fileId" params={{ fileId: one.id }} replace {...look} />}
    />
  );
}
