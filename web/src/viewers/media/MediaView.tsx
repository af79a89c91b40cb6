// A video or a sound. The browser fetches the parts it needs.

import { useState } from "react";
import type { File } from "../../api/types";
import { ErrorState, visibleName } from "../../ui";
import { ViewerFrame } from "../viewerFrame";

/** A video or audio file. */
export function MediaView({ file }: { file: File }) {
  const [failed, setFailed] = useState(false);
  const name = visibleName(file.path);
  return (
    <ViewerFrame label={file.path} tall={false}>
      {failed ? (
        <ErrorState
          title="This file cannot be played"
          error="The browser does not know its format. It can still be downloaded."
        />
      ) : file.mediaType.startsWith("audio/") ? (
        // biome-ignore lint/a11y/useMediaCaption: recordings of tests carry no captions.
        <audio
          controls
          preload="metadata"
          src={file.url}
          aria-label={name}
          onError={() => setFailed(true)}
          className="m-6"
        />
      ) : (
        // biome-ignore lint/a11y/useMediaCaption: recordings of tests carry no captions.
        <video
          controls
          preload="metadata"
          src={file.url}
          aria-label={name}
          onError={() => setFailed(true)}
          className="max-h-[calc(100dvh-14rem)] w-full bg-black"
        />
      )}
    </ViewerFrame>
  );
}
