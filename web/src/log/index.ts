// The log view: text of any length, with colours, folds, search and links to lines.
export { LogView, type LogViewProps } from "./LogView";
