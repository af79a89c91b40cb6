// An image file beside what belongs to it.
export { CompareView } from "./CompareView";
