import { useState } from 'preact/hooks';
import type { Signal } from '../../model/signal.ts';
import { TraceCanvas } from '../trace/trace-canvas.tsx';
import type { TraceState } from '../trace/trace-source.ts';

/** What a tile shows, the first that a device gives. One at a time: a device that lacks one may refuse both. */
const WANTED = ['ecg_ii', 'ppg'] as const satisfies readonly Signal[];
/** Half of what a strip is written at: a tile is narrow. */
const SPEED_MM_PER_S = 12.5;
const GAIN_MM_PER_MV = 10;

interface TileTraceProps {
  readonly patient: string;
  /** The patient's devices give none of them. */
  readonly onNone: () => void;
}

/** A live trace in a tile, as long as there is one to show. */
export function TileTrace({ patient, onNone }: TileTraceProps) {
  const [tried, setTried] = useState(0);
  const signal = WANTED[tried];
  if (signal === undefined) return null;
  const look = ({ kind }: TraceState): void => {
    if (kind !== 'none' && kind !== 'refused') return;
    if (tried + 1 < WANTED.length) setTried(tried + 1);
    else onNone();
  };
  return (
    <TraceCanvas
      key={signal}
      {...{ patient, signal }}
      speedMmPerS={SPEED_MM_PER_S}
      gainMmPerMv={GAIN_MM_PER_MV}
      onState={look}
    />
  );
}
