// Video and audio, with the browser's own controls.
export { MediaView } from "./MediaView";
