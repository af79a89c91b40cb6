// A stack trace with one's own frames open and those of libraries folded, and what a test printed.
import { ChevronRight } from "lucide-react";
import type { ReactNode } from "react";
import { plural } from "../format";
import { plainText, type StackPart, stackParts, withoutWorkspace } from "./stack";
import { Verbatim } from "./Verbatim";

/** Something that opens on demand. */
export function Fold({ label, children }: { label: string; children: ReactNode }) {
  return (
    <details className="group">
      <summary className="flex min-h-6 w-fit list-none items-center gap-1 text-sm text-faint hover:text-text">
        <ChevronRight aria-hidden size={13} className="transition-transform group-open:rotate-90" /> {label}
      </summary>
      <div className="mt-1">{children}</div>
    </details>
  );
}

/** The stack; nothing where it has no line. */
export function StackView({ stack }: { stack: string }) {
  const parts = stackParts(stack);
  if (parts.length === 0) return null;
  const own = parts.filter((part) => part.kind === "own");
  // A stack without a frame of one's own is all there is: it stays folded as a whole.
  if (own.length === 0) {
    const lines = parts.reduce((sum, part) => sum + part.lines.length, 0);
    return (
      <Fold label={`Stack, ${plural(lines, "line")}`}>
        <Lines lines={parts.flatMap((part) => part.lines)} label="Stack frames" />
      </Fold>
    );
  }
  return (
    <section aria-label="Stack" className="flex min-w-0 flex-col gap-1">
      {parts.map((part, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a part is its place in the stack.
        <StackPartView key={index} part={part} place={index + 1} />
      ))}
    </section>
  );
}

function StackPartView({ part, place }: { part: StackPart; place: number }) {
  if (part.kind === "library") {
    return (
      <Fold label={`${plural(part.lines.length, "line")} of libraries`}>
        <Lines lines={part.lines} label={`Frames of libraries, part ${place}`} faint />
      </Fold>
    );
  }
  if (part.lines.length > 12) {
    return (
      <>
        <Lines lines={part.lines.slice(0, 10)} label={`Stack frames, part ${place}`} />
        <Fold label={`${part.lines.length - 10} more lines`}>
          <Lines lines={part.lines.slice(10)} label={`More stack frames, part ${place}`} />
        </Fold>
      </>
    );
  }
  return <Lines lines={part.lines} label={`Stack frames, part ${place}`} faint={part.kind === "text"} />;
}

function Lines({ lines, label, faint = false }: { lines: string[]; label: string; faint?: boolean }) {
  return (
    <Verbatim
      label={label}
      text={withoutWorkspace(lines.join("\n"))}
      className={`max-h-96 text-xs leading-5 ${faint ? "text-faint" : "text-text"}`}
    />
  );
}

/** What a test printed, folded; nothing where it printed nothing. */
export function Output({ title, text }: { title: string; text: string | null }) {
  const plain = text ? plainText(text).trimEnd() : "";
  if (plain === "") return null;
  return (
    <Fold label={`${title}, ${plural(plain.split("\n").length, "line")}`}>
      <Verbatim
        label={title}
        text={plain}
        className="max-h-80 rounded-md border border-line bg-raised px-3 py-2 text-xs leading-5"
      />
    </Fold>
  );
}
