// The image viewer: fitting, full size or zoomed, over a ground that shows transparency.
export { ImageView } from "./ImageView";
