import type { EpochMs } from '../../src/core/clock.ts';
import type { SessionId } from '../../src/model/ids.ts';
import type { Registry } from '../../src/registry/registry.ts';

/**
 * Ends every session of the console and every link that was not used by then. A registry of before does not know who has
 * signed out since, nor which links were used, so that a cookie or a link of then would be taken once more.
 * @returns the sessions that held
 */
export async function signEverybodyOut(registry: Registry, now: EpochMs): Promise<readonly SessionId[]> {
  const people = new Set([
    ...registry.clinicians().map(({ id }) => id),
    // Whoever came through a provider need not be registered.
    ...registry.sessions().map(({ clinician }) => clinician),
  ]);
  const ended: SessionId[] = [];
  for (const id of people) ended.push(...(await registry.endSessionsOf(id, now, 'data_restored')));
  return ended;
}
