// The filters of a list of runs; every change goes into the address.
import { X } from "lucide-react";
import { activeFilters, type RunsSearch } from "../../search";
import { Button, visibleName } from "../../ui";
import { Choice } from "../Choice";
import { SearchField } from "../SearchField";

const statuses: [value: string, label: string][] = [
  ["failure", "Failed"],
  ["success", "Passed"],
  ["in_progress", "Running"],
  ["queued", "Queued"],
  ["action_required", "Waiting for approval"],
  ["cancelled", "Cancelled"],
  ["timed_out", "Timed out"],
  ["skipped", "Skipped"],
  ["neutral", "Neutral"],
  ["startup_failure", "Could not start"],
];

const events = [
  "push",
  "pull_request",
  "schedule",
  "workflow_dispatch",
  "merge_group",
  "release",
  "workflow_run",
  "pull_request_target",
  "repository_dispatch",
];

/** Filters with a field in the bar; the others (set by links) show as chips. */
const chips = ["actor", "headSha", "repository", "from", "to"] as const;
const chipLabels: Record<(typeof chips)[number], string> = {
  actor: "by",
  headSha: "commit",
  repository: "repository",
  from: "from",
  to: "to",
};

/** The bar; `branches` are suggestions, any other may be typed. */
export function FilterBar({
  search,
  branches,
  onChange,
}: {
  search: RunsSearch;
  branches: string[];
  onChange: (change: Partial<RunsSearch>) => void;
}) {
  return (
    <search className="flex flex-wrap items-center gap-2">
      <SearchField label="Search title, commit, actor" value={search.q ?? ""} onChange={(q) => onChange({ q })} />
      <Choice label="Status" value={search.status} options={statuses} onChange={(status) => onChange({ status })} />
      <Choice
        label="Branch"
        value={search.branch}
        options={branches.map((branch) => [branch, branch])}
        onChange={(branch) => onChange({ branch })}
      />
      <Choice
        label="Event"
        value={search.event}
        options={events.map((event) => [event, event.replaceAll("_", " ")])}
        onChange={(event) => onChange({ event })}
      />
      {chips.map((name) => {
        const value = search[name];
        return (
          value && (
            <Button
              key={name}
              onClick={() => onChange({ [name]: undefined })}
              aria-label={`Remove filter ${chipLabels[name]} ${visibleName(String(value))}`}
            >
              {chipLabels[name]} <bdi>{visibleName(name === "headSha" ? value.slice(0, 7) : value)}</bdi>{" "}
              <X aria-hidden size={13} />
            </Button>
          )
        );
      })}
      {activeFilters(search).length > 0 && (
        <Button variant="quiet" onClick={() => onChange(cleared)}>
          Clear filters
        </Button>
      )}
    </search>
  );
}

const cleared: Partial<RunsSearch> = Object.fromEntries(
  ["status", "branch", "event", "actor", "headSha", "repository", "from", "to", "q"].map((name) => [name, undefined]),
);
