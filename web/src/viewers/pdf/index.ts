// Documents that the browser itself can show.
export { PdfView } from "./PdfView";
