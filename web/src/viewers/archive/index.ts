// Archives inside artifacts: traces as traces, others as the list of what is in them.
export { PackageView } from "./PackageView";
