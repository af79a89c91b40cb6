// The JSON viewer: a collapsible tree with search, or the text as it came.
export { JsonView } from "./JsonView";
