// One row of the palette, or of the page of results: icon, name, what is around it, and what tells it from others.
import {
  ChevronRight,
  CircleX,
  CornerDownLeft,
  FileText,
  FlaskConical,
  GitBranch,
  History,
  type LucideIcon,
  MapPin,
  Search,
  Workflow as WorkflowIcon,
} from "lucide-react";
import type { ReactNode } from "react";
import type { FoundItem, FoundType } from "../api/types";
import { plural } from "../format";
import { VerdictBadge } from "../testing/badges";
import { Bytes, Name, StatusIcon, Time, visibleName } from "../ui";
import { Marked } from "./Marked";
import type { Row } from "./rows";

const icons: Record<FoundType, LucideIcon> = {
  tests: FlaskConical,
  failures: CircleX,
  runs: History,
  workflows: WorkflowIcon,
  branches: GitBranch,
  files: FileText,
};

/** The mark in front of something found: how its run ended, else what it is. */
export function ItemIcon({ type, item }: { type: FoundType; item: FoundItem }) {
  if (item.status !== null) return <StatusIcon of={{ status: item.status, conclusion: item.conclusion }} />;
  const Icon = icons[type];
  return <Icon aria-hidden size={16} className={type === "failures" ? "text-fail-text" : "text-faint"} />;
}

/** What tells something found from others of its name. */
export function ItemFacts({ type, item }: { type: FoundType; item: FoundItem }) {
  const number = item.runNumber === null ? null : `#${item.runNumber}`;
  const facts: ReactNode[] = [];
  if (type === "tests" && item.verdict) facts.push(<VerdictBadge key="verdict" verdict={item.verdict} />);
  if (type === "failures" && item.runs !== null) facts.push(<span key="runs">{plural(item.runs, "run")}</span>);
  if (type === "files" && item.sizeBytes !== null) facts.push(<Bytes key="size" bytes={item.sizeBytes} />);
  if (type === "runs" && item.branch)
    facts.push(
      <span key="branch" className="max-w-40 truncate max-sm:hidden">
        <Name>{item.branch}</Name>
      </span>,
    );
  if (number && type !== "runs") facts.push(<span key="number">{number}</span>);
  if (item.at) facts.push(<Time key="at" at={item.at} />);
  return <span className="ml-auto flex shrink-0 items-center gap-3 pl-3 text-sm text-faint">{facts}</span>;
}

/** Name and surroundings of something found, the words in it marked. */
export function ItemName({ type, item, words }: { type: FoundType; item: FoundItem; words: readonly string[] }) {
  const isMono = type === "tests" || type === "files" || type === "branches";
  const number = type === "runs" && item.runNumber !== null ? `#${item.runNumber}` : null;
  return (
    <span className="flex min-w-0 flex-col leading-5">
      <span className={`truncate ${isMono ? "font-mono text-sm" : ""}`} title={visibleName(item.title)}>
        {number && (
          <span className="mr-1.5 text-faint">
            <Marked text={number} words={words} />
          </span>
        )}
        <Marked text={item.title} words={words} />
      </span>
      {item.context && (
        <span className="truncate text-sm text-faint" title={visibleName(item.context)}>
          <Marked text={item.context} words={words} />
        </span>
      )}
    </span>
  );
}

/** The inside of a row of the palette. */
export function RowContent({ row, words }: { row: Row; words: readonly string[] }) {
  switch (row.kind) {
    case "item":
      return (
        <>
          <RowIcon>
            <ItemIcon type={row.type} item={row.item} />
          </RowIcon>
          <ItemName type={row.type} item={row.item} words={words} />
          <ItemFacts type={row.type} item={row.item} />
        </>
      );
    case "command":
      return (
        <Plain icon={row.command.icon ?? ChevronRight} title={<Marked text={row.command.title} words={words} />}>
          {row.command.keys && (
            <kbd className="rounded border border-line bg-raised px-1.5 font-mono text-xs">{row.command.keys}</kbd>
          )}
        </Plain>
      );
    case "recent": {
      const Icon = row.recent.type === "place" ? MapPin : icons[row.recent.type];
      return (
        <Plain icon={Icon ?? MapPin} title={<Marked text={row.recent.title} words={[]} />}>
          <span className="max-w-56 truncate text-sm text-faint max-sm:hidden">
            <Name>{row.recent.context}</Name>
          </span>
        </Plain>
      );
    }
    case "resolved":
      return (
        <Plain icon={CornerDownLeft} title={<Marked text={row.resolved.title} words={[]} />}>
          {row.resolved.step !== null && (
            <span className="text-sm text-faint">
              step {row.resolved.step}
              {row.resolved.line !== null && `, line ${row.resolved.line}`}
            </span>
          )}
        </Plain>
      );
    case "all":
      return <Plain icon={Search} title={<Name>{row.label}</Name>} />;
  }
}

function RowIcon({ children }: { children: ReactNode }) {
  return <span className="flex size-5 shrink-0 items-center justify-center">{children}</span>;
}

function Plain({ icon: Icon, title, children }: { icon: LucideIcon; title: ReactNode; children?: ReactNode }) {
  return (
    <>
      <RowIcon>
        <Icon aria-hidden size={16} className="text-faint" />
      </RowIcon>
      <span className="min-w-0 truncate">{title}</span>
      <span className="ml-auto flex shrink-0 items-center pl-3">{children}</span>
    </>
  );
}
