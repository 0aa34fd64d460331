import { useEffect, useRef, useState } from 'preact/hooks';
import type { Signal } from '../../model/signal.ts';
import { useConsole } from '../console-parts.ts';
import { text } from '../text/text.ts';
import { isCalibrated, TraceDisplay } from './trace-display.ts';
import { TraceSource, type TraceState } from './trace-source.ts';
import { TraceWords } from './trace-words.tsx';

export interface TraceCanvasProps {
  readonly patient: string;
  readonly signal: Signal;
  /** How fast it sweeps, in CSS millimetres a second. */
  readonly speedMmPerS?: number;
  /** ECG: how high a millivolt is, in CSS millimetres. Others are fitted into the height. */
  readonly gainMmPerMv?: number;
  /** With the 1 mV mark and the words for speed and gain. */
  readonly calibration?: boolean;
  /** Told of every change, such as that none comes. */
  readonly onState?: (state: TraceState) => void;
}

/**
 * A live trace that sweeps over its box, whose size and colour (`.trace`, theme/trace.css) are the page's to choose. The
 * patient's devices are asked for it while it is there. Where data stop, so does the sweep, and says since when.
 */
export function TraceCanvas(props: TraceCanvasProps) {
  const { patient, signal, speedMmPerS = 25, gainMmPerMv = 10, calibration = false, onState } = props;
  const { traces, clock, frames } = useConsole();
  const canvas = useRef<HTMLCanvasElement>(null);
  const [source, setSource] = useState<TraceSource | null>(null);

  useEffect(() => {
    const opened = new TraceSource({
      ...{ hub: traces, patient, signal },
      now: () => performance.now(),
      serverNow: () => clock.exact(),
    });
    setSource(opened);
    return () => opened[Symbol.dispose]();
  }, [traces, clock, patient, signal]);

  useEffect(() => {
    const element = canvas.current;
    const context = element?.getContext('2d');
    if (!element || !context || source === null) return;
    const display = new TraceDisplay(element, context, { source, signal, speedMmPerS, gainMmPerMv });
    let painting: Disposable | null = null;
    const sizes = new ResizeObserver(([entry]) => {
      if (entry !== undefined) display.resized(entry.contentRect.width, entry.contentRect.height);
    });
    const views = new IntersectionObserver((entries) => {
      const seen = entries.at(-1)?.isIntersecting === true;
      if (seen) painting ??= frames.add(display.paint);
      else {
        painting?.[Symbol.dispose]();
        painting = null;
      }
    });
    sizes.observe(element);
    views.observe(element);
    return () => {
      sizes.disconnect();
      views.disconnect();
      painting?.[Symbol.dispose]();
    };
  }, [frames, source, signal, speedMmPerS, gainMmPerMv]);

  useEffect(() => {
    if (source === null || onState === undefined) return;
    return source.state.subscribe(onState);
  }, [source, onState]);

  const state = source?.state.value ?? { kind: 'waiting' };
  const calibrated = isCalibrated(signal);
  const scale = calibrated ? text.trace.scale(speedMmPerS, gainMmPerMv) : text.trace.speed(speedMmPerS);
  return (
    <div class={`trace ${signal} ${state.kind}`}>
      <canvas ref={canvas} role="img" aria-label={text.trace.live(text.trace.signals[signal], scale)} />
      <span class="trace-name">
        {text.trace.signals[signal]} {calibration && <span class="trace-scale">{scale}</span>}
      </span>
      {calibration && calibrated && <Calibration gainMmPerMv={gainMmPerMv} />}
      <TraceWords state={state} />
    </div>
  );
}

/** The pulse of 1 mV by which a trace is read. */
function Calibration({ gainMmPerMv }: { gainMmPerMv: number }) {
  const [width, foot] = [5, 1];
  const pulse = `M0 ${gainMmPerMv}h${foot}v${-gainMmPerMv}h${width - 2 * foot}v${gainMmPerMv}h${foot}`;
  return (
    <svg
      class="trace-calibration"
      width={`${width}mm`}
      height={`${gainMmPerMv}mm`}
      viewBox={`0 0 ${width} ${gainMmPerMv}`}
      aria-hidden="true"
    >
      <path d={pulse} />
    </svg>
  );
}
