// A filter with a fixed set of values whose choice lives in the address.
import { visibleName } from "../ui";

/** A select; `any` is what stands for no filter. */
export function Choice<Value extends string>({
  label,
  value,
  options,
  onChange,
  any = `${label}: any`,
}: {
  label: string;
  value: Value | undefined;
  options: readonly (readonly [value: Value, label: string])[];
  onChange: (value: Value | undefined) => void;
  any?: string | null;
}) {
  // A value from a shared address stays selectable although it is not among the suggestions.
  const all = value && !options.some(([known]) => known === value) ? [...options, [value, value] as const] : options;
  return (
    <select
      aria-label={label}
      value={value ?? ""}
      onChange={(event) => onChange((event.target.value || undefined) as Value | undefined)}
      className={`h-8 max-w-44 rounded-md border bg-panel px-2 text-sm ${value && any !== null ? "border-accent font-medium" : "border-line text-muted"}`}
    >
      {any !== null && <option value="">{any}</option>}
      {all.map(([known, text]) => (
        <option key={known} value={known}>
          {visibleName(text)}
        </option>
      ))}
    </select>
  );
}
