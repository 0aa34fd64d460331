import { sleep, systemClock } from '../../../src/core/clock.ts';
import { metricsOf, readiness } from '../../rig/server-state.ts';
import type { AlarmProbe } from '../fleet/alarm-probe.ts';
import type { LoadTrial } from '../fleet/load-trial.ts';

/** Where the state of recording is to be seen. */
const PLACES = ['readyz', 'metrics', 'log', 'feed'] as const;
type Place = (typeof PLACES)[number];

/** R3 of the design: a degraded state is visible within this. */
export const TOLD_WITHIN_MS = 5_000;
const WAITED_FOR_MS = 15_000;
const POLL_MS = 50;
/** What the harness saw is a little later than when it happened. */
const SEEN_LATE_MS = 1_000;

/** What to wait for, and since when. */
export interface ToBeTold {
  /** A condition of the journal. */
  readonly condition: string;
  /** Clock of the harness, and of the machine. */
  readonly since: { readonly at: number; readonly epoch: number };
}

/** The moment from which something is to be told. */
export function now(): ToBeTold['since'] {
  return { at: performance.now(), epoch: Date.now() };
}

/**
 * Resolves with the milliseconds after which a condition of the journal was to be seen in every place; complains of those
 * in which it was not, or not in time.
 */
export async function told(
  { rig, complain, late }: Pick<LoadTrial, 'rig' | 'complain' | 'late'>,
  probe: AlarmProbe,
  { condition, since }: ToBeTold,
): Promise<number> {
  const left = new Set<Place>(PLACES);
  let last = 0;
  const found = (place: Place, is: boolean): void => {
    if (!is || !left.delete(place)) return;
    last = Math.round(performance.now() - since.at);
  };
  while (left.size > 0 && performance.now() - since.at < WAITED_FOR_MS) {
    // A server that has just ended says nothing: that is told by what is left.
    const ready = await readiness(rig).catch(() => null);
    found('readyz', ready !== null && ready.parts.journal?.state !== 'ok');
    const metrics = await metricsOf(rig).catch(() => null);
    found('metrics', metrics?.get(`vitalwire_journal_condition{condition="${condition}"}`) === 1);
    found('log', saidInLog(rig.server.log, condition, since.epoch));
    found('feed', saidOnFeed(probe, condition, since.at));
    if (left.size > 0) await sleep(systemClock(), POLL_MS);
  }
  if (last > TOLD_WITHIN_MS) late(`${condition} was told only after ${last} ms`);
  for (const place of left) {
    // These are asked, and one that is asked late has missed what has passed.
    const tell = place === 'readyz' || place === 'metrics' ? late : complain;
    tell(`${condition} was not told: ${place}`);
  }
  return last;
}

/** Whether the log has an entry with this word as a value, of `since` or later. */
export function saidInLog(log: readonly string[], word: string, since: number): boolean {
  return log.some((line) => {
    if (!line.includes(`"${word}"`)) return false;
    return Date.parse(/"time":"([^"]+)"/.exec(line)?.[1] ?? '') >= since - SEEN_LATE_MS;
  });
}

function saidOnFeed({ services }: AlarmProbe, condition: string, since: number): boolean {
  return services.some(
    ({ at, frame }) => at >= since - SEEN_LATE_MS && JSON.stringify(frame).includes(`"${condition}"`),
  );
}
