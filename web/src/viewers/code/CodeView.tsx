// A program's text with its words in colour. Above a megabyte the plain text view is better, and is used.
import { Indent, WrapText } from "lucide-react";
import { useEffect, useMemo, useState } from "react";
import type { File } from "../../api/types";
import { plural } from "../../format";
import { copyText } from "../../log/clipboard";
import { IconButton } from "../../log/LogToolbar";
import { useStoredFlag } from "../../log/useStoredFlag";
import { showToast } from "../../toast";
import { Button, ErrorState, Skeleton } from "../../ui";
import { useFileText } from "../useFileText";
import { ViewerFrame } from "../viewerFrame";
import { languageOf } from "./languages";
import { prettyXml } from "./prettyXml";
import { TokenList } from "./TokenList";
import { plainLines, type TokenLine } from "./tokens";

const PATIENCE_MS = 6_000;

/** A source file. */
export function CodeView({ file }: { file: File }) {
  const { data: text, error, refetch } = useFileText(file);
  const language = languageOf(file.path, file.mediaType);
  const [pretty, setPretty] = useState(false);
  const [wrap, toggleWrap] = useStoredFlag("greenroom.log.wrap", window.innerWidth < 640);
  const shown = useMemo(() => (text !== undefined && pretty ? prettyXml(text) : text), [text, pretty]);
  const lines = useHighlighted(shown, language);
  if (error) return <ErrorState title="The file could not be loaded" error={error} onRetry={() => void refetch()} />;
  return (
    <ViewerFrame
      label={file.path}
      bar={
        <>
          <span className="px-1 text-sm text-faint">
            {language}
            {lines && ` · ${plural(lines.length, "line")}`}
            {pretty && " · laid out anew, so lines are not those of the file"}
          </span>
          <div className="ml-auto flex items-center gap-0.5">
            {language === "xml" && (
              <IconButton
                icon={Indent}
                label="Lay out: one element a line"
                pressed={pretty}
                onClick={() => setPretty(!pretty)}
              >
                Lay out
              </IconButton>
            )}
            <IconButton icon={WrapText} label="Wrap long lines" pressed={wrap} onClick={toggleWrap} />
            {shown !== undefined && (
              <Button
                variant="quiet"
                onClick={() =>
                  void copyText(shown).then((done) => showToast(done ? "Text copied" : "The browser refused to copy"))
                }
              >
                Copy
              </Button>
            )}
          </div>
        </>
      }
    >
      {lines ? (
        <TokenList lines={lines} label={`Lines of ${file.path}`} wrap={wrap} />
      ) : (
        <Skeleton rows={12} rowHeight={20} label="Loading the file" />
      )}
    </ViewerFrame>
  );
}

/** The lines of a text: plain at once, in colour when the worker has answered; null while there is no text. */
function useHighlighted(text: string | undefined, language: string | null): TokenLine[] | null {
  const plain = useMemo(() => (text === undefined ? null : plainLines(text)), [text]);
  const [coloured, setColoured] = useState<{ text: string; lines: TokenLine[] } | null>(null);
  useEffect(() => {
    if (text === undefined || language === null) return;
    const worker = new Worker(new URL("./highlight.worker.ts", import.meta.url), { type: "module" });
    // Text made to keep the highlighter busy for ever stays plain.
    const timer = setTimeout(() => worker.terminate(), PATIENCE_MS);
    worker.onmessage = ({ data }: MessageEvent<TokenLine[] | null>) => {
      clearTimeout(timer);
      worker.terminate();
      if (data) setColoured({ text, lines: data });
    };
    worker.postMessage({ language, text });
    return () => {
      clearTimeout(timer);
      worker.terminate();
    };
  }, [text, language]);
  return coloured !== null && coloured.text === text ? coloured.lines : plain;
}
