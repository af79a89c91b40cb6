// Whether the installation works, part by part, for whoever looks after it.
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { CircleAlert, CircleCheck, type LucideIcon, TriangleAlert } from "lucide-react";
import { healthQuery } from "../../api/client";
import type { Check, Health } from "../../api/types";
import { formatBytes, plural } from "../../format";
import { usePageTitle } from "../../shell/usePageTitle";
import { ErrorState, ExternalLink, Facts, Panel, Skeleton, Time } from "../../ui";

const states: Record<Check["state"], { icon: LucideIcon; tone: string; word: string }> = {
  ok: { icon: CircleCheck, tone: "text-pass-text", word: "works" },
  warning: { icon: TriangleAlert, tone: "text-flaky-text", word: "needs a look" },
  failing: { icon: CircleAlert, tone: "text-fail-text", word: "does not work" },
};

const sentences: Record<Check["state"], string> = {
  ok: "Everything works.",
  warning: "Everything works, but something needs a look.",
  failing: "Something does not work.",
};

const names: Record<string, string> = {
  database: "Database",
  storage: "File storage",
  collection: "Collection from GitHub",
  queue: "Queue",
};

/** The health page. */
export function HealthPage() {
  usePageTitle("Health");
  const { data: health, error, refetch } = useQuery(healthQuery());
  return (
    <div className="flex flex-col gap-4">
      <h1 className="text-xl font-semibold">Health</h1>
      {error && (
        <Panel title="Checks">
          <ErrorState title="The server did not say how it is" error={error} onRetry={() => refetch()} />
        </Panel>
      )}
      {health ? (
        <HealthView health={health} />
      ) : (
        !error && (
          <Panel title="Checks">
            <Skeleton rows={4} rowHeight={52} label="Loading the checks" />
          </Panel>
        )
      )}
    </div>
  );
}

function HealthView({ health }: { health: Health }) {
  const { tone } = states[health.state];
  return (
    <>
      <p className="rounded-lg border border-line bg-panel px-4 py-2.5">
        <span className={`font-medium ${tone}`}>{sentences[health.state]}</span>{" "}
        <span className="text-muted">
          Looked at <Time at={health.at} />.
        </span>
      </p>
      <Panel title="Checks">
        <ul>
          {health.checks.map((check) => (
            <CheckRow key={check.name} check={check} />
          ))}
        </ul>
      </Panel>
      <Panel title="Installation">
        <div className="px-4 py-3">
          <Facts
            facts={[
              ["Version", health.version],
              ["Database", health.database === "postgres" ? "PostgreSQL" : "SQLite"],
              ["Size of the database", formatBytes(health.databaseBytes)],
              ["Watching now", plural(health.liveClients, "browser")],
            ]}
          />
        </div>
      </Panel>
      <Panel title="For machines">
        <p className="px-4 py-3 text-muted">
          <ExternalLink href="/healthz" className="underline">
            /healthz
          </ExternalLink>{" "}
          says that the process is alive,{" "}
          <ExternalLink href="/readyz" className="underline">
            /readyz
          </ExternalLink>{" "}
          that it can serve,{" "}
          <ExternalLink href="/metrics" className="underline">
            /metrics
          </ExternalLink>{" "}
          has figures for Prometheus, and{" "}
          <ExternalLink href="/api/openapi.json" className="underline">
            /api/openapi.json
          </ExternalLink>{" "}
          describes the API. What waits and what failed is on{" "}
          <Link to="/sync" className="underline">
            Sync
          </Link>
          .
        </p>
      </Panel>
    </>
  );
}

function CheckRow({ check }: { check: Check }) {
  const { icon: Icon, tone, word } = states[check.state];
  return (
    <li className="flex items-start gap-3 border-b border-line px-4 py-2.5 last:border-b-0">
      <Icon aria-hidden size={18} className={`mt-0.5 shrink-0 ${tone}`} />
      <div className="min-w-0">
        <p>
          <span className="font-medium">{names[check.name] ?? check.name}</span>{" "}
          <span className={`text-sm ${tone}`}>{word}</span>
        </p>
        <p className="break-words text-muted">{check.detail}</p>
      </div>
    </li>
  );
}
