// The shapes of the HTTP API under the names the pages use, taken from the generated schema.
import type { components, operations } from "./schema";

type Schemas = components["schemas"];

/** The server sends every field, null where there is nothing; the schema only says that null may be. */
export type Sent<T> = T extends [infer First, infer Second]
  ? [Sent<First>, Sent<Second>]
  : T extends (infer Item)[]
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
/** A page of the queue, and how much of each kind there is. */
export type Queue = Sent<Schemas["Queue"]>;
/** One piece of work that is not done. */
export type QueueItem = Sent<Schemas["QueueItem"]>;
/** What becomes of a piece of work. */
export type QueueState = Schemas["QueueState"];
/** How the installation is. */
export type Health = Sent<Schemas["Health"]>;
/** One part of the installation. */
export type Check = Sent<Schemas["Check"]>;
/** The answer of a refresh that worked. */
export type Refreshed = Sent<Schemas["Refreshed"]>;
/** An RFC 9457 problem. */
export type Problem = Schemas["Problem"];

/** The filters every list of runs takes. */
export type RunsParameters = NonNullable<operations["list_runs"]["parameters"]["query"]>;
/** The filters of a run's files. */
export type FilesParameters = NonNullable<operations["list_files"]["parameters"]["query"]>;
/** The same file in the last green run. */
export type LastGreenFile = { run: RunRef | null; file: File | null };
/** A short-lived address under which an HTML report opens in its sandbox. */
export type ViewUrl = Sent<Schemas["ViewUrl"]>;

/** Outcome of a test within one report. */
export type TestStatus = Schemas["TestStatus"];
/** What is thought of a test. */
export type Verdict = Schemas["Verdict"];
/** Whether a failure is news. */
export type Novelty = Schemas["Novelty"];
/** What is known of a run's tests. */
export type TestsState = Schemas["TestsState"];
/** Why something counts as proof. */
export type ProofKind = Schemas["ProofKind"];
/** Totals of coverage reports. */
export type CoverageTotals = Sent<Schemas["CoverageTotals"]>;
/** Counts over a run's tests. */
export type TestTotals = Sent<Schemas["TestTotals"]>;
/** A report found in an artifact. */
export type TestReport = Sent<Schemas["TestReport"]>;
/** A file that belongs to a failure. */
export type TestAttachment = Sent<Schemas["TestAttachment"]>;
/** An earlier try in the same job. */
export type TestTry = Sent<Schemas["TestTry"]>;
/** Why a test failed, was flaky or was skipped. */
export type TestFailure = Sent<Schemas["TestFailure"]>;
/** A test's result in a run. */
export type TestResult = Sent<Schemas["TestResult"]>;
/** A failure found in a job's log, for want of a report. */
export type LogFailure = Sent<Schemas["LogFailure"]>;
/** A page of a run's tests. */
export type RunTests = Sent<Schemas["RunTests"]>;
/** A test, over all runs. */
export type Test = Sent<Schemas["Test"]>;
/** A page of tests. */
export type Tests = Sent<Schemas["Tests"]>;
/** A run, in short. */
export type RunRef = Sent<Schemas["RunRef"]>;
/** An execution that proves something. */
export type ProofExecution = Sent<Schemas["ProofExecution"]>;
/** Executions that prove a verdict, together. */
export type Proof = Sent<Schemas["Proof"]>;
/** Since when something fails. */
export type Since = Sent<Schemas["Since"]>;
/** A result in a test's history. */
export type HistoryEntry = Sent<Schemas["HistoryEntry"]>;
/** A test with its history. */
export type TestDetail = Sent<Schemas["TestDetail"]>;
/** Failures with one cause. */
export type Family = Sent<Schemas["Family"]>;
/** A page of families. */
export type Failures = Sent<Schemas["Failures"]>;
/** A test in a family. */
export type FamilyTest = Sent<Schemas["FamilyTest"]>;
/** A run in which a family occurs. */
export type FamilyRun = Sent<Schemas["FamilyRun"]>;
/** A family with where it occurs. */
export type FamilyDetail = Sent<Schemas["FamilyDetail"]>;
/** A column of a grid. */
export type GridRun = Sent<Schemas["GridRun"]>;
/** A row of a grid. */
export type GridTest = Sent<Schemas["GridTest"]>;
/** Tests × runs of a workflow. */
export type Grid = Sent<Schemas["Grid"]>;
/** A test in a comparison. */
export type ComparedTest = Sent<Schemas["ComparedTest"]>;
/** Some tests of a comparison, and how many there are. */
export type ComparedTests = Sent<Schemas["ComparedTests"]>;
/** A file in a comparison. */
export type ComparedFile = Sent<Schemas["ComparedFile"]>;
/** Some files of a comparison, and how many there are. */
export type ComparedFiles = Sent<Schemas["ComparedFiles"]>;
/** Files of two runs side by side. */
export type FileComparison = Sent<Schemas["FileComparison"]>;
/** A job or step in a comparison. */
export type ComparedSpan = Sent<Schemas["ComparedSpan"]>;
/** A job in a comparison, with its steps. */
export type ComparedJob = Sent<Schemas["ComparedJob"]>;
/** Two runs side by side. */
export type Comparison = Sent<Schemas["Comparison"]>;

/** A kind of thing that can be found. */
export type FoundType = Schemas["FoundType"];
/** Something found. */
export type FoundItem = Sent<Schemas["FoundItem"]>;
/** What was found of one type. */
export type FoundGroup = Sent<Schemas["FoundGroup"]>;
/** What words name exactly. */
export type Resolved = Sent<Schemas["Resolved"]>;
/** What was found. */
export type Found = Sent<Schemas["Found"]>;

/** What narrows the tests of a run. */
export type RunTestsParameters = NonNullable<operations["list_run_tests"]["parameters"]["query"]>;
/** What narrows and sorts the list of tests. */
export type TestsParameters = NonNullable<operations["list_tests"]["parameters"]["query"]>;
/** What narrows the history of a test. */
export type HistoryParameters = NonNullable<operations["get_test"]["parameters"]["query"]>;
/** What narrows and sorts the list of failures. */
export type FailuresParameters = NonNullable<operations["list_failures"]["parameters"]["query"]>;
/** Which tests and runs a grid shows. */
export type GridParameters = NonNullable<operations["get_grid"]["parameters"]["query"]>;

/** Everything on the first page. */
export type Overview = Sent<Schemas["Overview"]>;
/** One figure of the overview with its past. */
export type OverviewMetric = Sent<Schemas["Metric"]>;
/** A workflow in the overview. */
export type OverviewWorkflow = Sent<Schemas["OverviewWorkflow"]>;
/** A test that failed and had not failed before. */
export type NewFailure = Sent<Schemas["NewFailure"]>;
/** A test that contradicts itself. */
export type FlakyTest = Sent<Schemas["FlakyTest"]>;
/** A run that changed. */
export type RecentChange = Sent<Schemas["RecentChange"]>;
/** What the overview is of. */
export type OverviewParameters = NonNullable<operations["get_overview"]["parameters"]["query"]>;
/** How far back figures look, and on which branch. */
export type TrendParameters = NonNullable<operations["get_trends"]["parameters"]["query"]>;
/** Figures of a workflow over time. */
export type Trends = Sent<Schemas["Trends"]>;
/** Figures by bucket. */
export type TrendSeries = Sent<Schemas["TrendSeries"]>;
/** A step in a workflow's figures. */
export type TrendChange = Sent<Schemas["TrendChange"]>;
/** The jobs of a workflow. */
export type WorkflowJobs = Sent<Schemas["WorkflowJobs"]>;
/** A job over several runs. */
export type JobStats = Sent<Schemas["JobStats"]>;
/** A step over several runs. */
export type StepStats = Sent<Schemas["StepStats"]>;
/** How often a test failed for one cause. */
export type TestCause = Sent<Schemas["TestCause"]>;
