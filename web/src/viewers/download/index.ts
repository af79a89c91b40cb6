// What is left for files that no viewer shows.
export { DownloadCard } from "./DownloadCard";
