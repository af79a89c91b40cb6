// Source files with their words in colour.
export { CodeView } from "./CodeView";
