// The panes of each way to compare.
import clsx from "clsx";
import { Pause, Play } from "lucide-react";
import { type ReactNode, useEffect, useState } from "react";
import { formatCount } from "../../format";
import { Button } from "../../ui";
import type { PixelSize } from "./header";
import type { Sides } from "./ImagePair";
import { BoxesLayer, DiffLayer, PictureLayer } from "./layers";
import type { PairMode } from "./modes";
import { Pane, type Shared } from "./Pane";
import { SplitHandle } from "./SplitHandle";
import type { PixelDiff } from "./usePixelDiff";

const BLINK_MS = 700;

interface PanesProps {
  mode: PairMode;
  sides: Sides;
  shared: Shared;
  diff: PixelDiff | null;
  /** The changed area looked at. */
  box: number | null;
  fill: boolean;
  label: string;
  sized: (id: string | undefined) => PixelSize | null;
  onPane: (pane: PixelSize) => void;
  onSize: (id: string, size: PixelSize) => void;
}

/** What a mode shows. */
export function ModePanes(props: PanesProps) {
  if (props.mode === "side") return <SideBySide {...props} />;
  if (props.mode === "diff") return <Difference {...props} />;
  if (props.mode === "slider") return <SliderPane {...props} />;
  if (props.mode === "onion") return <OnionPane {...props} />;
  return <BlinkPane {...props} />;
}

/** A picture of the server as a layer; a word where the browser cannot read it. */
function usePicture({ label, onSize }: PanesProps) {
  const [broken, setBroken] = useState<ReadonlySet<string>>(new Set());
  return (side: { id: string; name: string }): ReactNode =>
    broken.has(side.id) ? (
      <span className="block p-3 text-lg text-faint">This picture cannot be shown</span>
    ) : (
      <PictureLayer
        fileId={side.id}
        alt={`${side.name}: ${label}`}
        onSize={(size) => onSize(side.id, size)}
        onBroken={() => setBroken((before) => new Set(before).add(side.id))}
      />
    );
}

function differenceLayer({ sides, diff, label }: PanesProps, picture: ReturnType<typeof usePicture>): ReactNode {
  if (sides.diff) return picture({ id: sides.diff, name: "Difference" });
  return diff && <DiffLayer picture={diff.picture} alt={`Computed difference: ${label}`} />;
}

function boxesLayer({ diff, shared, box }: PanesProps): ReactNode {
  return diff && <BoxesLayer boxes={diff.boxes} size={shared.size} current={box} />;
}

function SideBySide(props: PanesProps) {
  const { sides, shared, diff, fill, sized, onPane } = props;
  const picture = usePicture(props);
  const difference = differenceLayer(props, picture);
  const panes = [
    ...(sides.base ? [{ ...sides.base, layers: [picture(sides.base), boxesLayer(props)] }] : []),
    ...(sides.actual ? [{ ...sides.actual, layers: [picture(sides.actual), boxesLayer(props)] }] : []),
    ...(difference ? [{ id: sides.diff ?? "computed", name: "Diff", layers: [difference] }] : []),
  ];
  return (
    <ul className={clsx("pair-sides", `pair-sides-${panes.length}`, fill && "min-h-0 flex-1")}>
      {panes.map(({ id, name, layers }, at) => (
        <li key={name} className="flex min-h-0 min-w-0 flex-col">
          <Pane label={name} shared={shared} layers={layers} fill={fill} {...(at === 0 ? { onPane } : {})} />
          <Caption name={name} size={sized(id)}>
            {name === "Diff" && diff && `${formatCount(diff.changed)} px`}
          </Caption>
        </li>
      ))}
    </ul>
  );
}

function Caption({ name, size, children }: { name: string; size: PixelSize | null; children?: ReactNode }) {
  return (
    <p className="flex gap-2 border-t border-line bg-panel px-2 py-1 text-sm">
      <span className="font-medium">{name}</span>
      <span className="ml-auto text-faint">{children || (size && `${size.width}×${size.height}`)}</span>
    </p>
  );
}

function Difference(props: PanesProps) {
  const { shared, fill, onPane, diff, sides } = props;
  const picture = usePicture(props);
  const difference = differenceLayer(props, picture);
  const [marks, setMarks] = useState(true);
  const layers = [difference, ...(marks ? [boxesLayer(props)] : [])];
  return (
    <>
      <Pane label="Difference" shared={shared} layers={layers} fill={fill} onPane={onPane} />
      <div className="flex flex-wrap items-center gap-x-4 gap-y-1 border-t border-line px-3 py-1 text-sm text-muted">
        <span>
          {sides.diff ? "As the test tool drew it" : "Computed here: changed pixels red, softened edges yellow"}
        </span>
        {diff && diff.boxes.length > 0 && (
          <label className="ml-auto flex min-h-6 items-center gap-1.5">
            <input type="checkbox" checked={marks} onChange={(event) => setMarks(event.target.checked)} /> Frame changed
            areas
          </label>
        )}
      </div>
    </>
  );
}

function SliderPane(props: PanesProps) {
  const { sides, shared, fill, onPane } = props;
  const picture = usePicture(props);
  const [split, setSplit] = useState(0.5);
  if (!sides.base || !sides.actual) return null;
  return (
    <>
      <Pane
        label={`${sides.base.name} left of the line, ${sides.actual.name.toLowerCase()} right of it`}
        shared={shared}
        layers={[picture(sides.actual), picture(sides.base)]}
        split={split}
        fill={fill}
        onPane={onPane}
      >
        <SplitHandle value={split} onChange={setSplit} />
      </Pane>
      <Ends left={sides.base.name} right={sides.actual.name} />
    </>
  );
}

function Ends({ left, right, children }: { left: string; right: string; children?: ReactNode }) {
  return (
    <div className="flex items-center justify-between gap-3 border-t border-line px-3 py-1 text-sm text-muted">
      <span>{left}</span>
      {children}
      <span>{right}</span>
    </div>
  );
}

function OnionPane(props: PanesProps) {
  const { sides, shared, fill, onPane } = props;
  const picture = usePicture(props);
  const [opacity, setOpacity] = useState(0.5);
  if (!sides.base || !sides.actual) return null;
  return (
    <>
      <Pane
        label={`${sides.actual.name} over ${sides.base.name.toLowerCase()}`}
        shared={shared}
        layers={[
          picture(sides.base),
          <div key="over" style={{ opacity }}>
            {picture(sides.actual)}
          </div>,
        ]}
        fill={fill}
        onPane={onPane}
      />
      <Ends left={sides.base.name} right={sides.actual.name}>
        <input
          type="range"
          min={0}
          max={100}
          value={Math.round(opacity * 100)}
          aria-label={`How much of the ${sides.actual.name.toLowerCase()} picture shows`}
          onChange={(event) => setOpacity(Number(event.target.value) / 100)}
          className="h-6 w-full max-w-96"
        />
      </Ends>
    </>
  );
}

function BlinkPane(props: PanesProps) {
  const { sides, shared, fill, onPane } = props;
  const picture = usePicture(props);
  const [second, setSecond] = useState(true);
  const [running, setRunning] = useState(() => !window.matchMedia("(prefers-reduced-motion: reduce)").matches);
  useEffect(() => {
    if (!running) return;
    const timer = setInterval(() => setSecond((before) => !before), BLINK_MS);
    return () => clearInterval(timer);
  }, [running]);
  if (!sides.base || !sides.actual) return null;
  const shown = second ? sides.actual : sides.base;
  return (
    <>
      <Pane
        label={`${sides.base.name} and ${sides.actual.name.toLowerCase()} in turn`}
        shared={shared}
        layers={[
          <div key="base" className={clsx(second && "invisible")}>
            {picture(sides.base)}
          </div>,
          <div key="actual" className={clsx(!second && "invisible")}>
            {picture(sides.actual)}
          </div>,
        ]}
        fill={fill}
        onPane={onPane}
      />
      <div className="flex items-center gap-2 border-t border-line px-3 py-1 text-sm text-muted">
        <span className="w-20 font-medium text-text">{shown.name}</span>
        <Button variant="quiet" onClick={() => setRunning(!running)}>
          {running ? <Pause aria-hidden size={13} /> : <Play aria-hidden size={13} />} {running ? "Pause" : "Blink"}
        </Button>
        <Button
          variant="quiet"
          onClick={() => {
            setRunning(false);
            setSecond(!second);
          }}
        >
          Show the other
        </Button>
      </div>
    </>
  );
}
