// The small set of parts every page is made of.
export { Badge, type Tone } from "./Badge";
export { Button, buttonClass, ExternalLink } from "./Button";
export { GitHubLink } from "./GitHubLink";
export { Facts, Panel } from "./Panel";
export { ProgressBar } from "./ProgressBar";
export { RunStrip } from "./RunStrip";
export { StatusIcon } from "./StatusIcon";
export { EmptyState, ErrorState, errorText, Skeleton } from "./states";
export { type Column, Table } from "./Table";
export { type Tab, Tabs } from "./Tabs";
export { Thumbnail, thumbnailSources } from "./Thumbnail";
export { Bytes, Duration, Name, Time, useNow, visibleName } from "./values";
