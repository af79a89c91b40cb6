// Two pictures compared. The names and keys of its modes are in `modes`, which pulls in nothing.
export { ImagePair, type PairIds } from "./ImagePair";
export { type PairBase, type PairMode, pairModeKeys, pairModeLabels, pairModes } from "./modes";
export { type PairFiles, type PairRole, type Picture, pairOf, picturesIn, roleOf } from "./pairs";
