// The files that belong to a failure: comparisons of pictures, screenshots, videos, traces and everything else.
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Clapperboard, FileText, ListVideo, type LucideIcon, Paperclip } from "lucide-react";
import { lazy, Suspense } from "react";
import { lastGreenQuery } from "../api/client";
import type { TestAttachment } from "../api/types";
import { Name, Skeleton, Thumbnail, visibleName } from "../ui";
import type { PairMode } from "../viewers/pair/modes";
import { attachmentName, type ImageSet, type SortedFiles } from "./images";

const ImagePair = lazy(async () => ({ default: (await import("../viewers/pair")).ImagePair }));

/** How pictures are compared, and how to choose another way. */
export interface Comparing {
  mode: PairMode | undefined;
  onMode: (mode: PairMode) => void;
}

/** Comparisons of pictures, one below the other. */
export function ImageSets({ sets, comparing }: { sets: ImageSet[]; comparing: Comparing }) {
  return sets.map((set) => <Comparison key={set.name} set={set} comparing={comparing} />);
}

/** One comparison; the same picture of the last green run stands beside what the report holds. */
function Comparison({ set: { name, images }, comparing }: { set: ImageSet; comparing: Comparing }) {
  const actual = images.actual?.fileId ?? undefined;
  const { data: green } = useQuery({ ...lastGreenQuery(actual ?? ""), enabled: actual !== undefined });
  return (
    <figure className="min-w-0 overflow-hidden rounded-md border border-line">
      <figcaption className="truncate border-b border-line bg-raised/60 px-3 py-1 font-mono text-xs text-muted">
        <Name>{name}</Name>
      </figcaption>
      <Suspense fallback={<Skeleton rows={6} rowHeight={40} label="Loading the comparison" />}>
        <ImagePair
          label={name}
          ids={{
            expected: images.expected?.fileId,
            actual,
            diff: images.diff?.fileId,
            previous: images.previous?.fileId ?? green?.file?.id,
          }}
          mode={comparing.mode ?? "side"}
          onMode={comparing.onMode}
        />
      </Suspense>
    </figure>
  );
}

/** Whether there is anything to stand beside a message. */
export function hasFilesBeside({ screenshots, traces, videos, others }: SortedFiles): boolean {
  return screenshots.length + traces.length + videos.length + others.length > 0;
}

/** Screenshots, videos in place, then a list of the rest. */
export function FilesBeside({ files }: { files: SortedFiles }) {
  const listed: [TestAttachment, LucideIcon, string | null][] = [
    ...files.traces.map((one): [TestAttachment, LucideIcon, string] => [one, ListVideo, "opens in the trace view"]),
    ...files.videos.map((one): [TestAttachment, LucideIcon, null] => [one, Clapperboard, null]),
    ...files.others.map((one): [TestAttachment, LucideIcon, null] => [one, one.fileId ? FileText : Paperclip, null]),
  ];
  return (
    <div className="flex min-w-0 flex-col gap-3">
      {files.screenshots.length > 0 && (
        <ul
          aria-label="Screenshots"
          className="grid grid-cols-[repeat(auto-fill,minmax(150px,1fr))] content-start gap-2 xl:grid-cols-2 xl:[&>li:only-child]:col-span-2"
        >
          {files.screenshots.map((image) => (
            <li key={`${image.path} ${image.name}`}>
              <Screenshot image={image} />
            </li>
          ))}
        </ul>
      )}
      {files.videos.map((video) => (
        <Video key={`${video.path} ${video.name}`} video={video} />
      ))}
      {listed.length > 0 && (
        <ul aria-label="Attachments" className="rounded-md border border-line">
          {listed.map(([attachment, icon, about]) => (
            <li key={`${attachment.path} ${attachment.name}`} className="border-b border-line last:border-b-0">
              <Attachment attachment={attachment} icon={icon} about={about} />
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

function Screenshot({ image }: { image: TestAttachment }) {
  const content = (
    <>
      <Thumbnail src={image.url} mediaType={image.mediaType} />
      <span className="block truncate px-2 py-1 text-sm" title={visibleName(image.path)}>
        <Name>{attachmentName(image)}</Name>
      </span>
    </>
  );
  const look = "block overflow-hidden rounded-md border border-line bg-panel hover:border-accent hover:no-underline";
  return image.fileId === null ? (
    <span className={look}>{content}</span>
  ) : (
    <Link to="/files/$fileId" params={{ fileId: image.fileId }} className={look}>
      {content}
    </Link>
  );
}

function Video({ video }: { video: TestAttachment }) {
  if (video.url === null) return null;
  return (
    <video
      controls
      muted
      playsInline
      preload="metadata"
      src={video.url}
      aria-label={`Video ${visibleName(attachmentName(video))}`}
      className="max-h-80 w-full rounded-md border border-line bg-black"
    />
  );
}

function Attachment({
  attachment,
  icon: Icon,
  about,
}: {
  attachment: TestAttachment;
  icon: LucideIcon;
  about: string | null;
}) {
  const name = attachmentName(attachment);
  const row = "flex min-h-8 items-center gap-2 px-3 py-1 text-sm";
  if (attachment.fileId === null) {
    return (
      <span
        className={`${row} text-faint`}
        title={`${visibleName(attachment.path)} is not in the artifact of the report`}
      >
        <Icon aria-hidden size={13} className="shrink-0" />
        <span className="truncate">
          <Name>{name}</Name>
        </span>
        <span className="ml-auto shrink-0 text-xs">not uploaded</span>
      </span>
    );
  }
  return (
    <Link to="/files/$fileId" params={{ fileId: attachment.fileId }} className={`${row} hover:bg-raised`}>
      <Icon aria-hidden size={13} className="shrink-0 text-faint" />
      <span className="truncate" title={visibleName(attachment.path)}>
        <Name>{name}</Name>
      </span>
      {about && <span className="truncate text-xs text-faint max-sm:hidden">{about}</span>}
      {attachment.mediaType && <span className="ml-auto shrink-0 text-xs text-faint">{attachment.mediaType}</span>}
    </Link>
  );
}
