// Which of the messages or requests are shown.
import clsx from "clsx";

/** A choice of three. */
export function Scope({
  scope,
  onScope,
  bad,
  hasAction,
}: {
  scope: string;
  onScope: (scope: string) => void;
  /** What the bad ones are called. */
  bad: string;
  hasAction: boolean;
}) {
  const choices = [["all", "All"], ["failed", bad], ...(hasAction ? [["action", "During this action"]] : [])] as [
    string,
    string,
  ][];
  return (
    <div className="flex flex-wrap gap-1 border-b border-line px-3 py-1">
      {choices.map(([id, label]) => (
        <button
          key={id}
          type="button"
          aria-pressed={scope === id}
          className={clsx(
            "h-6 rounded px-2 text-sm",
            scope === id ? "bg-selected font-medium text-text" : "text-muted hover:bg-raised",
          )}
          onClick={() => onScope(id)}
        >
          {label}
        </button>
      ))}
    </div>
  );
}
