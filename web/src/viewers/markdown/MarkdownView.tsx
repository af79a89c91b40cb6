// A Markdown file laid out. HTML in it stays text; links lead to http(s) or to files of the artifact; pictures come
// from the artifact only.
import "./markdown.css";
import { Link } from "@tanstack/react-router";
import { ImageOff } from "lucide-react";
import { useMemo } from "react";
import Markdown, { type Components } from "react-markdown";
import remarkGfm from "remark-gfm";
import type { File } from "../../api/types";
import { ErrorState, ExternalLink, Skeleton, visibleName } from "../../ui";
import { webUrl } from "../../webAddress";
import { useFileText } from "../useFileText";
import { ViewerFrame } from "../viewerFrame";
import { fileAt } from "./links";

/** A Markdown file. */
export function MarkdownView({ file, siblings }: { file: File; siblings: File[] }) {
  const { data: text, error, refetch } = useFileText(file);
  const components = useMemo(() => parts(file, siblings), [file, siblings]);
  if (error) return <ErrorState title="The file could not be loaded" error={error} onRetry={() => void refetch()} />;
  return (
    <ViewerFrame label={file.path} tall={false}>
      {text === undefined ? (
        <Skeleton rows={12} rowHeight={28} label="Loading the file" />
      ) : (
        <article className="markdown">
          {/* Addresses are looked at by the parts below; the library's own filter would hide what was there. */}
          <Markdown remarkPlugins={[remarkGfm]} components={components} urlTransform={(url) => url}>
            {text}
          </Markdown>
        </article>
      )}
    </ViewerFrame>
  );
}

function parts(file: File, siblings: File[]): Components {
  return {
    a({ href, children }) {
      const outside = webUrl(href);
      if (outside) {
        return (
          <ExternalLink href={outside} title={visibleName(outside)}>
            {children}
          </ExternalLink>
        );
      }
      const inside = fileAt(file, href, siblings);
      if (inside) {
        return (
          <Link to="/files/$fileId" params={{ fileId: inside.id }}>
            {children}
          </Link>
        );
      }
      return <span title={href ? `Leads nowhere from here: ${visibleName(href)}` : undefined}>{children}</span>;
    },
    img({ src, alt }) {
      const inside = fileAt(file, typeof src === "string" ? src : undefined, siblings);
      if (inside?.type === "image") return <img src={inside.url} alt={alt ?? ""} loading="lazy" />;
      return (
        <span className="markdown-missing" title={typeof src === "string" ? visibleName(src) : undefined}>
          <ImageOff aria-hidden size={13} /> {alt || "picture"} <span className="text-faint">(not loaded)</span>
        </span>
      );
    },
    // The page has its own heading of the first level.
    h1: ({ children }) => <h2 className="markdown-first">{children}</h2>,
    // A column without a name has no heading.
    th: ({ children, style }) => (children ? <th style={style}>{children}</th> : <td />),
    table({ children }) {
      return (
        <div className="overflow-x-auto">
          <table>{children}</table>
        </div>
      );
    },
    // Of a task list; there are no other fields, for HTML stays text.
    input({ checked }) {
      return <input type="checkbox" checked={checked ?? false} disabled aria-label={checked ? "done" : "not done"} />;
    },
  };
}
