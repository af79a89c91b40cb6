// The bar on top: places, how fresh everything is, Refresh, theme and help.
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { CircleHelp, Moon, Settings, Sun } from "lucide-react";
import { syncQuery } from "../api/client";
import { useConnection } from "../events";
import { formatCount } from "../format";
import { toggleTheme, useTheme } from "../preferences";
import { Time } from "../ui";
import { RefreshButton } from "./RefreshButton";
import { SearchButton } from "./SearchButton";

const places = [
  { to: "/", label: "Overview" },
  { to: "/runs", label: "Runs" },
  { to: "/tests", label: "Tests" },
  { to: "/flaky", label: "Flaky" },
  { to: "/failures", label: "Failures" },
  { to: "/sync", label: "Sync" },
] as const;

/** The header of every page. */
export function Header({ onHelp }: { onHelp: () => void }) {
  return (
    <header className="sticky top-0 z-30 border-b border-line bg-panel">
      <div className="mx-auto flex max-w-[1440px] flex-wrap items-center gap-x-4 px-4 max-sm:gap-x-1">
        <Link
          to="/"
          className="flex h-12 items-center gap-2 font-semibold hover:no-underline"
          aria-label="Greenroom, overview"
        >
          <img src="/icon.svg" alt="" width={20} height={20} />
          <span className="hidden sm:inline">Greenroom</span>
        </Link>
        <nav
          aria-label="Main"
          className="flex overflow-x-auto max-md:order-last max-md:-mx-4 max-md:w-[calc(100%+2rem)] max-md:border-t max-md:border-line max-md:px-1"
        >
          {places.map((place) => (
            <Link
              key={place.to}
              to={place.to}
              activeOptions={{ exact: true, includeSearch: false }}
              className="flex h-12 items-center border-b-2 border-transparent px-3 text-muted max-md:h-10 max-sm:px-2 hover:text-text hover:no-underline aria-[current=page]:border-accent aria-[current=page]:font-medium aria-[current=page]:text-text"
            >
              {place.label}
            </Link>
          ))}
        </nav>
        <div className="ml-auto flex h-12 items-center gap-2">
          <SearchButton />
          <Freshness />
          <RefreshButton compact />
          <ThemeButton />
          <Link
            to="/settings"
            aria-label="Settings"
            title="Settings"
            className="inline-flex size-8 items-center justify-center rounded-md text-muted max-sm:hidden hover:bg-raised hover:text-text"
          >
            <Settings aria-hidden size={16} />
          </Link>
          <IconButton label="Keyboard shortcuts" onClick={onHelp}>
            <CircleHelp aria-hidden size={16} />
          </IconButton>
        </div>
      </div>
    </header>
  );
}

const dots = { live: "bg-pass", polling: "bg-flaky", offline: "bg-fail" };
const meanings = {
  live: "Changes appear by themselves",
  polling: "The event stream is broken; this page asks every ten seconds instead",
  offline: "The server cannot be reached",
};

function Freshness() {
  const { data: sync } = useQuery(syncQuery());
  const connection = useConnection();
  const limit = sync?.rateLimit;
  return (
    <div className="mr-2 hidden items-center gap-3 text-sm text-faint md:flex">
      <span className="flex items-center gap-1.5" title={meanings[connection]}>
        <span aria-hidden className={`size-2 rounded-full ${dots[connection]}`} />
        <span className="sr-only">{meanings[connection]}. </span>
        {sync?.lastSyncAt ? (
          <span>
            Refreshed <Time at={sync.lastSyncAt} />
          </span>
        ) : (
          <span>{sync ? "Never refreshed" : "…"}</span>
        )}
      </span>
      {limit?.limit != null && limit.remaining != null && (
        <span className="hidden lg:inline" title="Requests GitHub still answers in this hour">
          {formatCount(limit.remaining)} of {formatCount(limit.limit)} calls left
        </span>
      )}
    </div>
  );
}

function ThemeButton() {
  const theme = useTheme();
  return (
    <IconButton label={theme === "dark" ? "Switch to light theme" : "Switch to dark theme"} onClick={toggleTheme}>
      {theme === "dark" ? <Sun aria-hidden size={16} /> : <Moon aria-hidden size={16} />}
    </IconButton>
  );
}

function IconButton({ label, onClick, children }: { label: string; onClick: () => void; children: React.ReactNode }) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      onClick={onClick}
      className="inline-flex size-8 items-center justify-center rounded-md text-muted hover:bg-raised hover:text-text"
    >
      {children}
    </button>
  );
}
