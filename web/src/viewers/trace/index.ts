// Playwright traces: what the test did, with the screenshot of each moment.
export { TraceView } from "./TraceView";
