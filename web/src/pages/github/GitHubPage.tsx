// An address of GitHub with only the host swapped: leads on to the page that shows the same here.
import { useQuery } from "@tanstack/react-query";
import { Link, Navigate, useLocation } from "@tanstack/react-router";
import { CloudOff } from "lucide-react";
import { addressQuery } from "../../api/find";
import type { Resolved } from "../../api/types";
import { placeOf, target } from "../../palette/open";
import { NotFound } from "../../shell/NotFound";
import { usePageTitle } from "../../shell/usePageTitle";
import { buttonClass, EmptyState, ErrorState, ExternalLink, visibleName } from "../../ui";
import { isGitHubPath } from "./paths";

/** Leads on, or says what of the address is not mirrored. */
export function GitHubPage() {
  const { pathname, hash } = useLocation();
  const isKnown = isGitHubPath(pathname);
  const path = pathname.replace(/\s/g, encodeURIComponent);
  const address = `${window.location.origin}${path}${hash ? `#${hash.replace(/^#/, "")}` : ""}`;
  const { data, isPending, isError, error, refetch } = useQuery({ ...addressQuery(address), enabled: isKnown });
  usePageTitle(isKnown ? pathname.slice(1) : undefined);
  if (!isKnown) return <NotFound />;
  if (isPending) return <p role="status">Looking for {visibleName(decoded(pathname))}</p>;
  if (isError) {
    return <ErrorState title="This address could not be looked up" error={error} onRetry={() => void refetch()} />;
  }
  if (data.resolved) return <Leads resolved={data.resolved} />;
  return <NotMirrored pathname={pathname} why={data.notMirrored} />;
}

function Leads({ resolved }: { resolved: Resolved }) {
  const { data: url } = useQuery({
    queryKey: ["search", "place", resolved],
    queryFn: () => placeOf(resolved),
    initialData: resolved.step === null ? resolved.url : undefined,
  });
  // Replaces this address, so that Back leads to where the reader came from.
  return url ? <Navigate {...(target(url) as { to: string })} replace /> : <p role="status">Looking for the line</p>;
}

function NotMirrored({ pathname, why }: { pathname: string; why: string | null }) {
  return (
    <>
      <h1 className="sr-only">Not mirrored</h1>
      <EmptyState
        icon={CloudOff}
        title="Not mirrored"
        action={
          <span className="flex flex-wrap justify-center gap-2">
            <Link to="/runs" className={buttonClass("primary")}>
              All runs
            </Link>
            <Link to="/sync" className={buttonClass()}>
              What is being mirrored
            </Link>
            <ExternalLink href={`https://github.com${pathname}`} className={buttonClass()}>
              Look on github.com
            </ExternalLink>
          </span>
        }
      >
        <bdi className="break-words">{visibleName(why ?? `Nothing here stands for ${decoded(pathname)}.`)}</bdi>
      </EmptyState>
    </>
  );
}

function decoded(pathname: string): string {
  try {
    return decodeURI(pathname);
  } catch {
    return pathname;
  }
}
