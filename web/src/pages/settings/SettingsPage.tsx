// What a reader can choose about the looks and the keys. It stays in this browser; the server is configured by its
// environment.
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { setSingleKeys, useSingleKeys } from "../../pageKeys";
import { choices, type Preference, type PreferenceName, setPreference, usePreference } from "../../preferences";
import { usePageTitle } from "../../shell/usePageTitle";
import { Panel, RunStrip } from "../../ui";

/** What concerns the looks, and is chosen from a row. */
type Look = Exclude<PreferenceName, "singleKeys">;

const words: { [N in Look]: Record<Preference<N>, string> } = {
  theme: { system: "As the system", light: "Light", dark: "Dark" },
  palette: { standard: "Green and red", colourBlind: "Blue and orange" },
  density: { compact: "Compact", standard: "Standard", roomy: "Roomy" },
};

/** The settings. */
export function SettingsPage() {
  usePageTitle("Settings");
  return (
    <div className="mx-auto flex max-w-3xl flex-col gap-4">
      <h1 className="text-xl font-semibold">Settings</h1>
      <Panel title="Looks">
        <div className="flex flex-col gap-5 px-4 py-4">
          <Choices name="theme" legend="Theme" />
          <Choices name="palette" legend="Colours of outcomes">
            <p className="mt-1 text-muted">
              Blue and orange are told apart by nearly everybody. Whatever you choose, colour is never the only sign:
              icons, letters and the foot of a bar say the same.
            </p>
            <Sample />
          </Choices>
          <Choices name="density" legend="Density" />
        </div>
      </Panel>
      <Keys />
      <Panel title="Time">
        <p className="px-4 py-3 text-muted">
          Times are shown in {Intl.DateTimeFormat().resolvedOptions().timeZone}, the zone of this device. The exact time
          stands behind every relative one: point at it, or move the focus there.
        </p>
      </Panel>
      <Panel title="Server">
        <p className="px-4 py-3 text-muted">
          Repositories, tokens and limits are set where Greenroom is started. What it does now is on{" "}
          <Link to="/sync" className="underline">
            Sync
          </Link>
          , how it is on{" "}
          <Link to="/health" className="underline">
            Health
          </Link>
          .
        </p>
      </Panel>
    </div>
  );
}

function Choices<N extends Look>({ name, legend, children }: { name: N; legend: string; children?: ReactNode }) {
  const chosen = usePreference(name);
  const labels: Record<string, string> = words[name];
  return (
    <fieldset>
      <legend className="mb-1.5 font-semibold">{legend}</legend>
      <div className="flex flex-wrap gap-2">
        {choices[name].map((value) => (
          <label
            key={value}
            className="flex min-h-8 cursor-pointer items-center gap-2 rounded-md border border-line px-3 has-checked:border-accent has-checked:bg-selected has-focus-visible:outline-2 has-focus-visible:outline-accent"
          >
            <input
              type="radio"
              name={name}
              value={value}
              checked={chosen === value}
              onChange={() => setPreference(name, value as Preference<N>)}
              className="accent-(--accent)"
            />
            {labels[value]}
          </label>
        ))}
      </div>
      {children}
    </fieldset>
  );
}

const sampleOutcomes = ["success", "success", "failure", "success", "cancelled", "success", "success", "failure"];

/** How runs look in the colours chosen. */
function Sample() {
  const runs = sampleOutcomes.map((conclusion, index) => ({
    id: index + 1,
    runNumber: index + 1,
    attempt: conclusion === "success" && index === 3 ? 2 : 1,
    status: "completed",
    conclusion,
    createdAt: "2026-01-01T00:00:00Z",
    durationMs: 60_000 + index * 9_000,
  }));
  return (
    <div className="mt-3" inert>
      <RunStrip runs={runs} count={runs.length} />
    </div>
  );
}

function Keys() {
  const areOn = useSingleKeys();
  return (
    <Panel title="Keyboard">
      <label className="flex cursor-pointer items-start gap-3 px-4 py-3">
        <input
          type="checkbox"
          checked={areOn}
          onChange={(event) => setSingleKeys(event.target.checked)}
          className="mt-1 accent-(--accent)"
        />
        <span>
          <span className="font-medium">Single keys do something</span>
          <span className="block text-muted">
            Switch this off where speech input or a shared keyboard presses letters by chance. Ctrl K, arrow keys, Enter
            and Escape go on working. Press ? for all keys.
          </span>
        </span>
      </label>
    </Panel>
  );
}
