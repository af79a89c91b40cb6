// One JSON value a line.
export { NdjsonView } from "./NdjsonView";
