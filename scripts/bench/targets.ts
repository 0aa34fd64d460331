import type { Figure, TargetId } from './benchmark.ts';

interface Bound {
  /** Which of several figures; absent: there is one. */
  readonly of?: string;
  readonly at_least?: number;
  readonly at_most?: number;
  readonly unit?: string;
}

interface Target {
  readonly about: string;
  readonly bounds: readonly Bound[];
}

/** What the product is to reach. Ratios are written so that the direction of the bound is part of the name. */
export const TARGETS: Readonly<Record<TargetId, Target>> = {
  P1: {
    about: 'CPU a frame: bare ws over mTLS that counts / the whole product',
    bounds: [{ at_least: 0.75 }],
  },
  P2: {
    about: 'CPU a frame: bare ws over mTLS that acks each frame / the whole product',
    bounds: [{ at_least: 1 }],
  },
  P3: {
    about: 'frames journaled and acked by one process on one core',
    bounds: [{ at_least: 45_000, unit: '/s' }],
  },
  P4: {
    about: 'breach, from device send to clinician receive: product / bare relay',
    bounds: [
      { of: 'p50', at_most: 1.5 },
      { of: 'p99', at_most: 2 },
      { of: 'p99', at_most: 8, unit: 'ms' },
    ],
  },
  P5: { about: 'CPU a frame: at 10,000 connections / at 500', bounds: [{ at_most: 1.1 }] },
  P6: { about: 'memory a connection: product / bare ws', bounds: [{ at_most: 1.15 }] },
  P7: { about: 'CPU of a handshake: resumed / full', bounds: [{ at_most: 0.6 }] },
  P8: {
    about: 'InfluxDB lines a second: through the product / posted raw to the same server',
    bounds: [{ at_least: 0.95 }],
  },
  P9: { about: 'CPU a frame: product / Mosquitto', bounds: [{ at_most: 0.25 }] },
  P10: { about: 'CPU a recipient of a relay: prepared frame / naive send', bounds: [{ at_most: 0.6 }] },
};

export const TARGET_IDS = Object.keys(TARGETS) as readonly TargetId[];

/** What makes a figure the one that a target with a single bound is judged by. */
export function judgedBy(id: TargetId): Pick<Figure, 'target' | 'at_least' | 'at_most'> {
  const { at_least, at_most } = TARGETS[id].bounds[0] ?? {};
  return {
    target: id,
    ...(at_least === undefined ? {} : { at_least }),
    ...(at_most === undefined ? {} : { at_most }),
  };
}

/** As a person writes it: `>= 0.75`. */
export function targetText(id: TargetId): string {
  return TARGETS[id].bounds.map(boundText).join(', ');
}

function boundText({ of, at_least, at_most, unit }: Bound): string {
  const bound = at_least === undefined ? `<= ${at_most}` : `>= ${at_least}`;
  return `${of === undefined ? '' : `${of} `}${bound}${unit === undefined ? '' : ` ${unit}`}`;
}
