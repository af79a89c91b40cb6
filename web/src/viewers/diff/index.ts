// Changes between files, as version control writes them.
export { DiffView } from "./DiffView";
