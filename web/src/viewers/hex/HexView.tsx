// Any file as bytes, fetched in parts as they come on view, so that the size of the file does not matter.
import "../../log/log.css";
import "./hex.css";
import { type FormEvent, useEffect, useRef, useState } from "react";
import type { File } from "../../api/types";
import { formatCount } from "../../format";
import { RowList } from "../../log/rowList";
import { Button, ErrorState } from "../../ui";
import { ViewerFrame } from "../viewerFrame";
import { charactersText, offsetText, parseOffset, ROW_BYTES, valuesText } from "./hexRows";

const PART_BYTES = 64 * 1024;
/** Parts kept; older ones are asked for again. */
const KEPT_PARTS = 64;
const ROW_HEIGHT_PX = 20;

/** A file as hexadecimal values and characters. */
export function HexView({ file }: { file: File }) {
  const viewport = useRef<HTMLDivElement>(null);
  const list = useRef<RowList | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [round, setRound] = useState(0);
  const { url, sizeBytes } = file;

  // biome-ignore lint/correctness/useExhaustiveDependencies: another round is another try.
  useEffect(() => {
    const element = viewport.current;
    if (!element) return;
    const stop = new AbortController();
    const parts = new Map<number, Uint8Array | null>();
    const ask = (part: number) => {
      parts.set(part, null);
      if (parts.size > KEPT_PARTS) parts.delete(parts.keys().next().value ?? part);
      readPart(url, part, sizeBytes, stop.signal).then(
        (bytes) => {
          parts.set(part, bytes);
          made.redraw();
        },
        (cause: unknown) => {
          if (!stop.signal.aborted) setError(cause);
        },
      );
    };
    const made = new RowList({
      viewport: element,
      rowHeight: ROW_HEIGHT_PX,
      draw(row, line) {
        const offset = row * ROW_BYTES;
        const part = Math.floor(offset / PART_BYTES);
        if (!parts.has(part)) ask(part);
        const within = offset - part * PART_BYTES;
        drawRow(line, offset, sizeBytes, parts.get(part)?.subarray(within, within + ROW_BYTES) ?? null);
      },
    });
    element.ariaLabel = "Bytes of the file";
    made.setContentWidth("92ch");
    made.setCount(Math.ceil(sizeBytes / ROW_BYTES));
    list.current = made;
    return () => {
      stop.abort();
      made.destroy();
      list.current = null;
    };
  }, [url, sizeBytes, round]);

  if (error !== null) {
    return (
      <ErrorState
        title="The bytes could not be loaded"
        error={error}
        onRetry={() => {
          setError(null);
          setRound(round + 1);
        }}
      />
    );
  }
  return (
    <ViewerFrame
      label={`Bytes of ${file.path}`}
      bar={
        <>
          <span className="px-1 text-sm text-faint">{formatCount(sizeBytes)} bytes</span>
          <OffsetField
            sizeBytes={sizeBytes}
            onGo={(offset) => {
              list.current?.scrollToRow(Math.floor(offset / ROW_BYTES), "start");
              viewport.current?.focus();
            }}
          />
        </>
      }
    >
      {sizeBytes === 0 && <p className="px-4 py-10 text-center text-muted">This file is empty.</p>}
      <div ref={viewport} className="row-list hex-view min-h-0 flex-1" />
    </ViewerFrame>
  );
}

async function readPart(url: string, part: number, sizeBytes: number, signal: AbortSignal): Promise<Uint8Array> {
  const first = part * PART_BYTES;
  const last = Math.min(sizeBytes, first + PART_BYTES) - 1;
  const answer = await fetch(url, { headers: { range: `bytes=${first}-${last}` }, signal });
  if (answer.status !== 206 && !(answer.ok && first === 0 && last === sizeBytes - 1)) {
    throw new Error(`The server answered with status ${answer.status}.`);
  }
  return new Uint8Array(await answer.arrayBuffer());
}

function drawRow(line: HTMLElement, offset: number, sizeBytes: number, bytes: Uint8Array | null): void {
  const texts = [
    ["hex-offset", offsetText(offset, sizeBytes)],
    ["hex-values", bytes ? valuesText(bytes) : "…"],
    ["hex-characters", bytes ? charactersText(bytes) : ""],
  ];
  line.className = "row-list-row hex-row";
  line.replaceChildren(
    ...texts.map(([className, text]) => {
      const span = document.createElement("span");
      span.className = className ?? "";
      span.textContent = text ?? "";
      return span;
    }),
  );
}

function OffsetField({ sizeBytes, onGo }: { sizeBytes: number; onGo: (offset: number) => void }) {
  const [text, setText] = useState("");
  const offset = parseOffset(text);
  const wrong = text !== "" && (offset === null || offset >= sizeBytes);
  function submit(event: FormEvent) {
    event.preventDefault();
    if (offset !== null && !wrong) onGo(offset);
  }
  return (
    <form onSubmit={submit} className="ml-auto flex items-center gap-1.5">
      <label className="flex items-center gap-1.5 text-sm text-muted">
        Go to
        <input
          value={text}
          onChange={(event) => setText(event.target.value)}
          placeholder="0x1f40 or 8000"
          aria-invalid={wrong}
          data-search
          className="h-7 w-36 rounded-md border border-line bg-panel px-2 font-mono text-sm aria-invalid:border-fail"
        />
      </label>
      <Button
        type="submit"
        disabled={offset === null || wrong}
        title={wrong ? "Not an offset within this file" : undefined}
      >
        Go
      </Button>
    </form>
  );
}
