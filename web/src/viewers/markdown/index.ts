// Markdown laid out.
export { MarkdownView } from "./MarkdownView";
