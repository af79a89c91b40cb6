// Any file as bytes.
export { HexView } from "./HexView";
