// Files of artifacts, shown by kind.
export { FileView } from "./FileView";
export { viewerFor, viewersFor } from "./registry";
