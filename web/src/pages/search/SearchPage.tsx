// Everything that matches some words, by type; the words and the type are in the address.
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { CornerDownRight, SearchX, TextSearch } from "lucide-react";
import { searchOfTypeQuery, searchQuery } from "../../api/find";
import type { Found, FoundGroup, FoundItem, FoundType } from "../../api/types";
import { asked } from "../../palette/mode";
import { target } from "../../palette/open";
import { ItemFacts, ItemIcon, ItemName } from "../../palette/PaletteRow";
import { typeTitles } from "../../palette/rows";
import { foundTypes } from "../../search";
import { usePageTitle } from "../../shell/usePageTitle";
import { EmptyState, ErrorState, Panel, Skeleton, type Tab, Tabs, visibleName } from "../../ui";
import { LoadMore } from "../LoadMore";
import { SearchField } from "../SearchField";

const route = getRouteApi("/search");

/** What a type shows beside the others. */
const shownOfEach = 5;

/** The page of all results. */
export function SearchPage() {
  const { q, type } = route.useSearch();
  const navigate = route.useNavigate();
  usePageTitle(q ? `${q} · Search` : "Search");
  return (
    <>
      <h1 className="mb-3 text-xl font-semibold">Search</h1>
      <search className="mb-3 flex flex-wrap items-center gap-2 [&_input]:w-[min(36rem,calc(100vw-2rem))]">
        <SearchField
          label="Search tests, runs, files, failures"
          value={q ?? ""}
          onChange={(text) =>
            navigate({ search: { ...(text ? { q: text } : {}), ...(type ? { type } : {}) }, replace: true })
          }
        />
      </search>
      {q ? <Results q={q} type={type} /> : <Start />}
    </>
  );
}

function Start() {
  return (
    <EmptyState icon={TextSearch} title="Search everything that has a name">
      Tests, failures, runs, workflows, branches and files in artifacts, by any part of their names. All words have to
      occur. <code>#123</code> finds a run by its number, <code>@login</code> somebody’s runs, and an address of GitHub
      the page that shows the same here.
    </EmptyState>
  );
}

function Results({ q, type }: { q: string; type: FoundType | undefined }) {
  const { data, isPending, isError, error, refetch, isPlaceholderData } = useQuery(searchQuery(q, shownOfEach));
  const counts = new Map(data?.groups.map((group) => [group.type, group]));
  const tabs: Tab[] = [
    { id: "all", label: "All" },
    ...foundTypes.map((one) => {
      const group = counts.get(one);
      return { id: one, label: typeTitles[one], count: group && !group.more ? group.items.length : undefined };
    }),
  ];
  return (
    <div className="flex flex-col gap-3">
      <Tabs
        tabs={tabs}
        active={type ?? "all"}
        label="Types"
        search={(id) => ({ type: id === "all" ? undefined : id })}
      />
      {type ? (
        <OfType q={q} type={type} />
      ) : isPending ? (
        <Panel title="Results">
          <Skeleton rows={8} rowHeight={48} label="Loading results" />
        </Panel>
      ) : isError && !data ? (
        <ErrorState title="The search failed" error={error} onRetry={() => void refetch()} />
      ) : (
        <div className={isPlaceholderData ? "flex flex-col gap-3 opacity-60" : "flex flex-col gap-3"}>
          <All q={q} found={data} />
        </div>
      )}
    </div>
  );
}

function All({ q, found }: { q: string; found: Found }) {
  const groups = found.groups.filter((group) => group.items.length > 0);
  const words = asked(q).words;
  return (
    <>
      {found.resolved && (
        <Link
          {...(target(found.resolved.url) as { to: string })}
          className="flex items-center gap-2 rounded-lg border border-accent bg-selected px-4 py-3 font-medium"
        >
          <CornerDownRight aria-hidden size={16} />
          <bdi className="min-w-0 break-words">{visibleName(found.resolved.title)}</bdi>
        </Link>
      )}
      {found.notMirrored && <p className="text-muted">{found.notMirrored}</p>}
      {groups.map((group) => (
        <Group key={group.type} q={q} group={group} words={words} />
      ))}
      {groups.length === 0 && !found.resolved && !found.notMirrored && <Nothing q={q} />}
    </>
  );
}

function Group({ q, group, words }: { q: string; group: FoundGroup; words: string[] }) {
  return (
    <Panel
      title={typeTitles[group.type]}
      aside={
        group.more && (
          <Link to="/search" search={{ q, type: group.type }} className="text-accent">
            All {typeTitles[group.type].toLowerCase()}
          </Link>
        )
      }
    >
      <Items type={group.type} items={group.items} words={words} />
    </Panel>
  );
}

function OfType({ q, type }: { q: string; type: FoundType }) {
  const list = useInfiniteQuery(searchOfTypeQuery(q, type));
  const items = list.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <Panel title={typeTitles[type]} count={items.length > 0 && !list.hasNextPage ? items.length : undefined}>
      {list.isPending ? (
        <Skeleton rows={10} rowHeight={48} label={`Loading ${type}`} />
      ) : list.isError && items.length === 0 ? (
        <ErrorState title="The search failed" error={list.error} onRetry={() => void list.refetch()} />
      ) : items.length === 0 ? (
        <Nothing q={q} type={type} />
      ) : (
        <div className={list.isPlaceholderData ? "opacity-60" : undefined}>
          <Items type={type} items={items} words={asked(q).words} />
        </div>
      )}
      <LoadMore list={list} shown={items.length} total={undefined} />
    </Panel>
  );
}

function Items({ type, items, words }: { type: FoundType; items: FoundItem[]; words: string[] }) {
  return (
    <ul>
      {items.map((item) => (
        <li key={`${item.id} ${item.title}`} className="border-b border-line last:border-b-0">
          <Link
            {...(target(item.url) as { to: string })}
            data-row
            className="flex min-h-12 items-center gap-3 px-4 py-1.5 hover:bg-raised/60 hover:no-underline"
          >
            <span className="flex size-5 shrink-0 items-center justify-center">
              <ItemIcon type={type} item={item} />
            </span>
            <ItemName type={type} item={item} words={words} />
            <ItemFacts type={type} item={item} />
          </Link>
        </li>
      ))}
    </ul>
  );
}

function Nothing({ q, type }: { q: string; type?: FoundType }) {
  return (
    <EmptyState icon={SearchX} title={`Nothing matches “${visibleName(q.slice(0, 120))}”`}>
      {type
        ? `Looked through the names of all ${typeTitles[type].toLowerCase()}. Another type may have it.`
        : "Looked through tests, failures, runs, workflows, branches and files by name. All words have to occur: fewer words find more. Logs and the contents of files are not searched from here."}
    </EmptyState>
  );
}
