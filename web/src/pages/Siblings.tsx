// The way from one of several things to the one before and after it; `[` and `]` follow it too.
import type { LucideIcon } from "lucide-react";
import type { ReactElement, ReactNode } from "react";
import { buttonClass, visibleName } from "../ui";

/** What every such link carries, wherever it leads. */
export interface SiblingLink {
  "data-sibling": "previous" | "next";
  "aria-label": string;
  title: string;
  className: string;
  children: ReactNode;
}

/** Nothing where there are no others; `noun` is what one of them is called, `link` where it is found. */
export function Siblings<T>({
  label,
  noun,
  all,
  index,
  icons,
  nameOf,
  link,
}: {
  label: string;
  noun: string;
  all: T[];
  index: number;
  icons: { previous: LucideIcon; next: LucideIcon };
  nameOf: (one: T) => string;
  link: (one: T, look: SiblingLink) => ReactElement;
}) {
  if (index === -1 || all.length < 2) return null;
  const step = (which: "previous" | "next") => {
    const Icon = icons[which];
    const one = all[which === "previous" ? index - 1 : index + 1];
    if (!one) {
      return (
        <span aria-hidden className={`${buttonClass()} opacity-40`}>
          <Icon size={14} />
        </span>
      );
    }
    const words = `${which === "previous" ? "Previous" : "Next"} ${noun}: ${visibleName(nameOf(one))}`;
    return link(one, {
      "data-sibling": which,
      "aria-label": words,
      title: words,
      className: buttonClass(),
      children: <Icon aria-hidden size={14} />,
    });
  };
  return (
    <nav aria-label={label} className="flex items-center gap-1 text-sm text-faint">
      {step("previous")}
      <span className="px-1 whitespace-nowrap">
        {index + 1} of {all.length}
      </span>
      {step("next")}
    </nav>
  );
}
