import { type BenchResult, type Chart, type Figure, medianOf } from '../benchmark.ts';
import { quantileOf } from '../load/latency-histogram.ts';
import { judgedBy } from '../targets.ts';
import type { HandshakePlan } from './handshake-plan.ts';
import type { Storm, Storms } from './reconnect-storm.ts';
import type { Handshake, HandshakeBlock } from './returning-fleet.ts';

/** Two blocks, one after the other. */
export type HandshakePair = Readonly<Record<Handshake, HandshakeBlock>>;
export type Pairs = Readonly<Record<'product' | 'bare', readonly HandshakePair[]>>;

const NAMES = { product: 'product', bare: 'bare ws' } as const;
const ARMS = ['product', 'bare'] as const;
const HANDSHAKES = ['full', 'resumed'] as const;
const count = (n: number): string => n.toLocaleString('en');

const resumedToFull = (pairs: readonly HandshakePair[]): Pick<Figure, 'value' | 'spread'> =>
  medianOf(pairs.map(({ full, resumed }) => resumed.cpuUs / full.cpuUs));

/** Those that were measured. */
function armsOf(pairs: Pairs): readonly (keyof Pairs)[] {
  return ARMS.filter((arm) => pairs[arm].length > 0);
}

function costsOf(pairs: Pairs): readonly Figure[] {
  return armsOf(pairs).flatMap((arm) =>
    HANDSHAKES.map((handshake) => ({
      ...{ name: `CPU a connection, ${NAMES[arm]}, ${handshake}`, unit: 'ms' },
      ...medianOf(pairs[arm].map((pair) => pair[handshake].cpuUs / 1_000)),
    })),
  );
}

function stormFigures({ handshake, connected, cpuUs, latency }: Storm): readonly Figure[] {
  const of = `${count(connected.connections)} back at once, ${handshake}`;
  return [
    { name: `${of}: all welcomed after`, unit: 's', value: connected.seconds },
    { name: `${of}: welcomed, p99`, unit: 's', value: quantileOf(connected.took, 99) / 1_000 },
    { name: `${of}: turned away and come again`, unit: 'times', value: connected.turnedAway },
    { name: `${of}: CPU for each, all that goes on in it`, unit: 'ms', value: cpuUs / 1_000 },
    { name: `${of}: ack of others, p50`, unit: 'ms', value: quantileOf(latency, 50) },
    { name: `${of}: ack of others, p99`, unit: 'ms', value: quantileOf(latency, 99) },
  ];
}

function stormsFigures({ storms, calm }: Storms): readonly Figure[] {
  return [
    { name: 'ack while nobody comes, p50', unit: 'ms', value: quantileOf(calm, 50) },
    { name: 'ack while nobody comes, p99', unit: 'ms', value: quantileOf(calm, 99) },
    ...storms.flatMap(stormFigures),
  ];
}

function stormsChart({ storms, calm }: Storms): Chart {
  return {
    ...{ kind: 'latencies', title: 'Acks of those that stay while a fleet comes back' },
    distributions: [
      { name: 'nobody comes', latency: calm },
      ...storms.map(({ handshake, latency }) => ({ name: `back at once, ${handshake}`, latency })),
    ],
  };
}

function stormsNote({ storms }: Storms, { count: stay, rate }: HandshakePlan['staying']): string {
  const late = storms.map(({ handshake, lateMs }) => `${handshake} ${lateMs.toFixed(1)} ms`);
  return `${stay} devices stay in a storm and send ${count(rate)} frames a second, each acked as soon as may be; the load of these was late by (p99) ${late.join(', ')}`;
}

/** What handshakes and storms show. @param storms null: there was none @param notes what else is to be told */
export function handshakeResult(
  pairs: Pairs,
  storms: Storms | null,
  { connections, staying }: HandshakePlan,
  notes: readonly string[],
): BenchResult {
  const rate = (handshake: Handshake): Pick<Figure, 'value' | 'spread'> =>
    medianOf(pairs.product.map((pair) => 1e6 / pair[handshake].cpuUs));
  return {
    figures: [
      {
        name: 'CPU a connection, resumed / full',
        unit: '',
        ...judgedBy('P7'),
        ...resumedToFull(pairs.product),
      },
      ...(pairs.bare.length === 0
        ? []
        : [{ name: 'the same, bare ws', unit: '', ...resumedToFull(pairs.bare) }]),
      ...costsOf(pairs),
      ...HANDSHAKES.map((handshake) => ({
        ...{ name: `connections that a core lets in, ${handshake}`, unit: '/s', ...rate(handshake) },
      })),
      ...(storms === null ? [] : stormsFigures(storms)),
    ],
    blocks: storms?.blocks ?? [],
    charts: [
      {
        ...{ kind: 'bars', title: 'CPU of letting in a connection', y: { label: 'ms' } },
        bars: costsOf(pairs).map(({ name, value }) => ({
          name: name.replace('CPU a connection, ', ''),
          value,
        })),
      },
      ...(storms === null ? [] : [stormsChart(storms)]),
    ],
    notes: [
      `${pairs.product.length} pairs of ${connections} connections: TLS, upgrade, token, hello and welcome; every one of the resumed was resumed, and none of the full`,
      ...(storms === null ? [] : [stormsNote(storms, staying)]),
      ...notes,
    ],
  };
}
