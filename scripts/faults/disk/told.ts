import { sleep, systemClock } from '../../../src/core/clock.ts';
import type { Rig } from '../../rig/rig.ts';
import { metricsOf, readiness } from '../../rig/server-state.ts';
import type { AlarmProbe } from '../fleet/alarm-probe.ts';

/** Where the state of recording is to be seen. */
const PLACES = ['readyz', 'metrics', 'log', 'feed'] as const;
type Place = (typeof PLACES)[number];

/** R3 of the design: a degraded state is visible within this. */
const TOLD_WITHIN_MS = 5_000;
const POLL_MS = 50;

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
 * in which it was not, in time.
 */
export async function told(
  rig: Rig,
  probe: AlarmProbe,
  { condition, since }: ToBeTold,
  complain: (fault: string) => void,
): Promise<number> {
  const left = new Set<Place>(PLACES);
  let last = 0;
  const found = (place: Place, is: boolean): void => {
    if (!is || !left.delete(place)) return;
    last = Math.round(performance.now() - since.at);
  };
  while (left.size > 0 && performance.now() - since.at < TOLD_WITHIN_MS) {
    // A server that has just ended says nothing: that is told by what is left.
    const ready = await readiness(rig).catch(() => null);
    found('readyz', ready !== null && ready.parts.journal?.state !== 'ok');
    const metrics = await metricsOf(rig).catch(() => null);
    found('metrics', metrics?.get(`vitalwire_journal_condition{condition="${condition}"}`) === 1);
    found('log', saidInLog(rig.server.log, condition, since.epoch));
    found('feed', saidOnFeed(probe, condition, since.at));
    if (left.size > 0) await sleep(systemClock(), POLL_MS);
  }
  for (const place of left) complain(`${condition} was not told within ${TOLD_WITHIN_MS} ms: ${place}`);
  return left.size > 0 ? TOLD_WITHIN_MS : last;
}

/** Whether the log has an event of the journal's condition, of `since` or later. */
export function saidInLog(log: readonly string[], condition: string, since: number): boolean {
  return log.some((line) => {
    if (!line.includes(`"${condition}"`) || !line.includes('journal')) return false;
    return Number(/"time":(\d+)/.exec(line)?.[1] ?? 0) >= since;
  });
}

function saidOnFeed({ services }: AlarmProbe, condition: string, since: number): boolean {
  return services.some(({ at, frame }) => at >= since && JSON.stringify(frame).includes(`"${condition}"`));
}
