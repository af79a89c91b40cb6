// Shows a file with the viewer that its kind asks for.

import { Component, type ReactNode, Suspense } from "react";
import { ErrorState, Skeleton } from "../ui";
import { type ViewerProps, viewerFor } from "./registry";

/** One file, in the viewer named `as` where that can show it. `siblings` are the files of the same run. */
export function FileView({ file, siblings, as }: ViewerProps & { as?: string | undefined }) {
  const { name, Component: Viewer } = viewerFor(file, siblings, as);
  return (
    <ViewerBoundary key={`${file.id} ${name}`}>
      <Suspense fallback={<Skeleton rows={12} rowHeight={22} label="Loading the viewer" />}>
        <Viewer file={file} siblings={siblings} />
      </Suspense>
    </ViewerBoundary>
  );
}

/** Keeps a viewer that fails on a hostile file from taking the page with it. */
class ViewerBoundary extends Component<{ children: ReactNode }, { error: unknown }> {
  override state: { error: unknown } = { error: null };

  static getDerivedStateFromError(error: unknown): { error: unknown } {
    return { error };
  }

  override render(): ReactNode {
    if (this.state.error === null) return this.props.children;
    return (
      <ErrorState
        title="The viewer failed on this file. It can still be downloaded."
        error={this.state.error}
        onRetry={() => this.setState({ error: null })}
      />
    );
  }
}
