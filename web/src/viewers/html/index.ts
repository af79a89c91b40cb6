// HTML reports, run in a sandbox; or their source.
export { HtmlView } from "./HtmlView";
