// A name with the words looked for marked in it.
import { visibleName } from "../ui";
import { pieces } from "./mode";

/** The text, isolated from what is around it, its hidden characters shown, the words in bold. */
export function Marked({ text, words }: { text: string; words: readonly string[] }) {
  let at = 0;
  return (
    <bdi>
      {pieces(visibleName(text), words).map((piece) => {
        const key = at;
        at += piece.text.length;
        return piece.marked ? (
          <mark key={key} className="rounded-xs bg-flaky-soft font-semibold text-text">
            {piece.text}
          </mark>
        ) : (
          <span key={key}>{piece.text}</span>
        );
      })}
    </bdi>
  );
}
