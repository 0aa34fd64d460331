import type { Alarm } from '../../model/alarm.ts';
import type { Happening } from '../feed/ward-model.ts';
import type { Query, Rest } from '../server/rest.ts';
import { path } from '../server/rest.ts';

/** What the history shows. Milliseconds. */
export const HISTORY_MS = 24 * 3_600_000;
/** Of each patient, the newest. */
const MOST_OF_A_PATIENT = 200;
/** The server has more to do than to answer for a whole ward at once. */
const AT_ONCE = 4;

/** Breaches found in late samples, as far as this page has heard of them, the newest first; each as it was told last. */
export function retrospectives(happenings: readonly Happening[]): readonly Alarm[] {
  const newest = new Map<string, Alarm>();
  for (const { event, alarm } of happenings)
    if (event === 'retrospective' && !newest.has(alarm.id)) newest.set(alarm.id, alarm);
  return [...newest.values()];
}

/** Alarms of some patients over the last 24 h, the newest onset first. @param now server's clock, ms. @throws Problem */
export async function pastAlarms(
  rest: Pick<Rest, 'get'>,
  patients: readonly string[],
  now: number,
): Promise<readonly Alarm[]> {
  const query: Query = {
    ...{ from: now - HISTORY_MS, to: now, limit: MOST_OF_A_PATIENT },
  };
  const waiting = [...patients];
  const found: Alarm[] = [];
  const ask = async (): Promise<void> => {
    for (let patient = waiting.shift(); patient !== undefined; patient = waiting.shift()) {
      const { alarms } = await rest.get<{ alarms: readonly Alarm[] }>(
        path('v1', 'patients', patient, 'alarms'),
        query,
      );
      found.push(...alarms);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, ask));
  return found.sort((a, b) => b.onset - a.onset);
}
