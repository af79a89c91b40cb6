// Failures by cause: one family for all failures with the same fingerprint, wherever they happened.
import { useInfiniteQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { ListX, PartyPopper } from "lucide-react";
import { failuresQuery } from "../../api/history";
import type { FailuresParameters, Family } from "../../api/types";
import { formatCount, plural } from "../../format";
import { usePageTitle } from "../../shell/usePageTitle";
import { plainText } from "../../testing/stack";
import { Badge, Button, EmptyState, Name, Time, visibleName } from "../../ui";
import { Choice } from "../Choice";
import { PagedPanel } from "../PagedPanel";
import { SearchField } from "../SearchField";

const route = getRouteApi("/failures");

/** The list of failure families. */
export function FailuresPage() {
  usePageTitle("Failures");
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const list = useInfiniteQuery(failuresQuery(search));
  const families = list.data?.pages.flatMap((page) => page.failures) ?? [];
  const change = (next: Partial<Record<keyof FailuresParameters, unknown>>) =>
    navigate({ search: { ...search, ...next } as never, replace: true });
  const filtered = Boolean(search.q || search.branch || search.onDefault || search.since || search.repository);
  return (
    <>
      <h1 className="mb-1 text-xl font-semibold">Failures</h1>
      <p className="mb-3 max-w-3xl text-muted">
        Failures with one cause stand together: the same error at the same place, with what varies left out.
      </p>
      <div className="flex flex-col gap-3">
        <search className="flex flex-wrap items-center gap-2">
          <SearchField label="Search failures" value={search.q ?? ""} onChange={(q) => change({ q: q || undefined })} />
          <Choice
            label="Seen"
            any="Seen: any time"
            value={search.since === undefined ? undefined : String(search.since)}
            options={[
              ["1", "in the last day"],
              ["7", "in the last 7 days"],
              ["30", "in the last 30 days"],
            ]}
            onChange={(since) => change({ since: since ? Number(since) : undefined })}
          />
          <Choice
            label="Sort"
            any={null}
            value={search.sort ?? "lastSeen"}
            options={[
              ["lastSeen", "Newest first"],
              ["runs", "Most runs"],
            ]}
            onChange={(sort) => change({ sort: sort === "lastSeen" ? undefined : sort })}
          />
          <label className="flex h-8 items-center gap-1.5 rounded-md border border-line bg-panel px-2.5 text-sm">
            <input
              type="checkbox"
              checked={search.onDefault === "1"}
              onChange={(event) => change({ onDefault: event.target.checked ? "1" : undefined })}
            />
            On the default branch
          </label>
          {search.branch && (
            <Button
              onClick={() => change({ branch: undefined })}
              aria-label={`Remove filter branch ${visibleName(search.branch)}`}
            >
              branch <Name>{search.branch}</Name> ×
            </Button>
          )}
          {filtered && (
            <Button
              variant="quiet"
              onClick={() => navigate({ search: search.sort ? { sort: search.sort } : {}, replace: true })}
            >
              Clear filters
            </Button>
          )}
        </search>
        <PagedPanel
          title="Failures by cause"
          list={list}
          items="failures"
          rowHeight={64}
          shown={families.length}
          empty={
            <EmptyState
              icon={filtered ? ListX : PartyPopper}
              title={filtered ? "No failure matches these filters" : "No failures"}
            >
              {filtered
                ? "Clear a filter above to see more."
                : "No test report and no log of a failed job tells of one."}
            </EmptyState>
          }
        >
          <ul>
            {families.map((family) => (
              <FamilyRow key={family.id} family={family} />
            ))}
          </ul>
        </PagedPanel>
      </div>
    </>
  );
}

/** One family in a list. */
export function FamilyRow({ family }: { family: Family }) {
  return (
    <li className="flex flex-wrap items-start gap-x-6 gap-y-1 border-b border-line px-4 py-2.5 last:border-b-0 focus-within:bg-selected hover:bg-raised/60">
      <div className="min-w-0 flex-1 basis-72">
        <FamilyLink family={family} />
        <p className="mt-0.5 flex flex-wrap items-center gap-x-2 gap-y-1 text-sm text-faint">
          <FamilyBadges family={family} />
          <span>
            {family.tests === 0 ? "known from logs alone" : plural(family.tests, "test")} ·{" "}
            {plural(family.branchCount, "branch", "branches")}
            {family.pullRequests.length > 0 && ` · ${plural(family.pullRequests.length, "pull request")}`}
          </span>
        </p>
      </div>
      <dl className="flex gap-x-6 text-sm">
        <div className="w-16 text-right">
          <dt className="text-faint">Runs</dt>
          <dd className="font-medium">{formatCount(family.runs)}</dd>
        </div>
        <div className="w-20 text-right">
          <dt className="text-faint">First seen</dt>
          <dd>
            <Time at={family.firstSeenAt} />
          </dd>
        </div>
        <div className="w-20 text-right">
          <dt className="text-faint">Last seen</dt>
          <dd>
            <Time at={family.lastSeenAt} />
          </dd>
        </div>
      </dl>
    </li>
  );
}

/** The title of a family, as the row's link to its page. */
export function FamilyLink({ family }: { family: Pick<Family, "id" | "title"> }) {
  return (
    <Link
      to="/failures/$familyId"
      params={{ familyId: String(family.id) }}
      data-row
      className="line-clamp-2 font-mono text-sm font-medium break-words"
    >
      <bdi>{plainText(family.title) || "(no message)"}</bdi>
    </Link>
  );
}

/** What kind of failure it is. */
export function FamilyBadges({ family }: { family: Pick<Family, "type" | "isGlobal" | "onDefault"> }) {
  return (
    <>
      {family.type && (
        <Badge title="Type of the error">
          <span className="max-w-[32ch] truncate">
            <Name>{family.type}</Name>
          </span>
        </Badge>
      )}
      {family.isGlobal && (
        <Badge tone="running" title="The place does not matter: an outage, a crash of the browser, a lost runner">
          outside the code
        </Badge>
      )}
      {family.onDefault && (
        <Badge tone="fail" title="A run on the default branch has it">
          default branch
        </Badge>
      )}
    </>
  );
}
