import { type BenchResult, type Figure, medianOf } from '../benchmark.ts';
import { quantileOf } from '../load/latency-histogram.ts';
import type { WaveformEncoding } from '../load/waveform-dialect.ts';
import type { WaveformBlock } from './waveform-block.ts';

/** Two blocks, one after the other: the same traces in both encodings. */
export type WaveformPair = Readonly<Record<WaveformEncoding, WaveformBlock>>;

/** What was measured with one store. */
export interface StoreFindings {
  readonly store: 'embedded' | 'influxdb';
  readonly devices: number;
  readonly pairs: readonly WaveformPair[];
  /** The same at several times the pace. */
  readonly busy: readonly WaveformPair[];
  /** A pair in which each frame is acked as soon as it is durable. */
  readonly timed: WaveformPair | null;
  /** A generator that was later than this says nothing of latency. */
  readonly lateMs: number;
}

const ENCODINGS: readonly WaveformEncoding[] = ['json', 'cbor'];
const KB = 1_000;

interface Quantity {
  readonly name: string;
  readonly unit: string;
  readonly of: (block: WaveformBlock, devices: number) => number;
}

const QUANTITIES: readonly Quantity[] = [
  { name: 'server CPU a second', unit: 'ms', of: ({ cpuMs }) => cpuMs },
  {
    name: 'server CPU a second and device',
    unit: 'us',
    of: ({ cpuMs }, devices) => (cpuMs * 1_000) / devices,
  },
  { name: 'to the server a second', unit: 'kB', of: ({ sent }) => sent / KB },
  { name: 'from the server a second', unit: 'kB', of: ({ heard }) => heard / KB },
  { name: 'journal a second', unit: 'kB', of: ({ journal }) => journal / KB },
  { name: 'store a second', unit: 'kB', of: ({ store }) => store / KB },
];

const CPU_A_VALUE: Quantity = {
  ...{ name: 'server CPU a value, busy', unit: 'ns' },
  of: ({ cpuMs, values }) => (cpuMs * 1_000_000) / values,
};

/** What is told as CBOR over JSON as well. */
const RATIOS: readonly Quantity[] = [
  { name: 'server CPU', unit: '', of: ({ cpuMs }) => cpuMs },
  { name: 'bytes to the server', unit: '', of: ({ sent }) => sent },
  { name: 'bytes in the journal', unit: '', of: ({ journal }) => journal },
];

/** The figures of all stores, CBOR over JSON first. */
export function waveformResult(stores: readonly StoreFindings[]): BenchResult {
  const pairs = stores.flatMap(({ pairs, busy, timed }) => [
    ...pairs,
    ...busy,
    ...(timed === null ? [] : [timed]),
  ]);
  return {
    figures: stores.flatMap(figuresOf),
    blocks: pairs.flatMap((pair) => ENCODINGS.map((encoding) => pair[encoding].count)),
    charts: [
      {
        kind: 'bars',
        title: 'Traces: server CPU a value',
        y: { label: 'ns' },
        bars: stores.flatMap((found) =>
          ENCODINGS.map((encoding) => ({
            name: `${encoding}, ${found.store}`,
            value: costOf(CPU_A_VALUE, encoding, found.busy, found.devices).value,
          })),
        ),
      },
    ],
    notes: [
      'Each device: ECG at 250 Hz and PPG at 125 Hz, a chunk a second of each, and vitals once a second; values of the simulator with four decimals. CBOR carries them as 32-bit floats.',
      'Bytes to and from the server are those of the TCP streams: TLS records are in it, headers of TCP and IP are not.',
      'CPU is counted until the last value is in the store. The store that is not embedded is a counter of line protocol: what InfluxDB itself takes is not in it.',
      ...stores.flatMap(lateNotes),
    ],
  };
}

function costOf(
  { of }: Quantity,
  encoding: WaveformEncoding,
  pairs: readonly WaveformPair[],
  devices: number,
) {
  return medianOf(pairs.map((pair) => of(pair[encoding], devices)));
}

function figuresOf({ store, devices, pairs, busy, timed, lateMs }: StoreFindings): readonly Figure[] {
  const ratio = (name: string, { of }: Quantity, from: readonly WaveformPair[]): Figure => ({
    name: `${store}: ${name}, CBOR / JSON`,
    unit: '',
    ...medianOf(from.map(({ json, cbor }) => of(cbor, devices) / of(json, devices))),
  });
  const costs = (quantity: Quantity, from: readonly WaveformPair[]): readonly Figure[] =>
    ENCODINGS.map((encoding) => ({
      name: `${store}: ${quantity.name}, ${encoding}`,
      unit: quantity.unit,
      ...costOf(quantity, encoding, from, devices),
    }));
  const latencies = ENCODINGS.flatMap((encoding): readonly Figure[] => {
    const block = timed?.[encoding];
    if (block === undefined || block.late > lateMs) return [];
    return ([50, 99] as const).map((percentile) => ({
      name: `${store}: sent until acked, ${encoding}, p${percentile}`,
      unit: 'ms',
      value: quantileOf(block.latency, percentile),
    }));
  });
  return [
    ...RATIOS.map((quantity) => ratio(quantity.name, quantity, pairs)),
    ratio('server CPU a value, busy', CPU_A_VALUE, busy),
    ...QUANTITIES.flatMap((quantity) => costs(quantity, pairs)),
    ...costs(CPU_A_VALUE, busy),
    ...latencies,
  ];
}

function lateNotes({ store, timed, lateMs }: StoreFindings): readonly string[] {
  return ENCODINGS.filter((encoding) => (timed?.[encoding].late ?? 0) > lateMs).map(
    (encoding) =>
      `${store}, ${encoding}: no latency, since the generator was ${timed?.[encoding].late.toFixed(1)} ms late`,
  );
}
