// The shapes of the HTTP API under the names the pages use, taken from the generated schema.
import type { components, operations } from "./schema";

type Schemas = components["schemas"];

/** The server sends every field, null where there is nothing; the schema only says that null may be. */
export type Sent<T> = T extends (infer Item)[]
  ? Sent<Item>[]
  : T extends object
    ? { [Key in keyof T]-?: Sent<T[Key]> }
    : T;

/** One workflow run, in its newest attempt. */
export type Run = Sent<Schemas["Run"]>;
/** A run with its attempts and artifacts. */
export type RunDetail = Sent<Schemas["RunDetail"]>;
/** Counts of what a run's artifacts hold. */
export type RunSummary = Sent<Schemas["RunSummary"]>;
/** A page of runs. */
export type RunPage = Sent<Schemas["RunPage"]>;
/** One attempt of a run. */
export type Attempt = Sent<Schemas["Attempt"]>;
/** One job of one attempt. */
export type Job = Sent<Schemas["Job"]>;
/** One step of a job. */
export type Step = Sent<Schemas["Step"]>;
/** One artifact of a run. */
export type Artifact = Sent<Schemas["Artifact"]>;
/** How far the mirror has got with an artifact, and why it stopped. */
export type ArtifactState = Schemas["ArtifactState"];
/** Where a job's log stands. */
export type LogState = Schemas["LogState"];
/** One file inside an artifact; the raw bytes of its name come only where they are not valid UTF-8. */
export type File = Omit<Sent<Schemas["File"]>, "pathBase64"> & Pick<Schemas["File"], "pathBase64">;
/** What kind of viewer a file asks for. */
export type FileType = Schemas["FileType"];
/** A page of files. */
export type FilePage = Omit<Sent<Schemas["FilePage"]>, "files"> & { files: File[] };
/** One workflow with its latest run. */
export type Workflow = Sent<Schemas["Workflow"]>;
/** One bar of a workflow's run strip. */
export type RecentRun = Sent<Schemas["RecentRun"]>;
/** The collector's own account of itself. */
export type SyncStatus = Sent<Schemas["Sync"]>;
/** One thing that could not be mirrored yet. */
export type FailedItem = Sent<Schemas["FailedItem"]>;
/** The answer of a refresh that worked. */
export type Refreshed = Sent<Schemas["Refreshed"]>;
/** An RFC 9457 problem. */
export type Problem = Schemas["Problem"];

/** The filters every list of runs takes. */
export type RunsParameters = NonNullable<operations["list_runs"]["parameters"]["query"]>;
/** The filters of a run's files. */
export type FilesParameters = NonNullable<operations["list_files"]["parameters"]["query"]>;
/** A short-lived address under which an HTML report opens in its sandbox. */
export type ViewUrl = Sent<Schemas["ViewUrl"]>;
