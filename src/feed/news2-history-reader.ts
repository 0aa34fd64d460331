import {
  NEWS2_LOOKS_BACK_MS,
  NEWS2_VITALS,
  type News2HistoryInputs,
  type News2Step,
  news2History,
} from '../alarms/news2-history.ts';
import type { EpochMs } from '../core/clock.ts';
import { CodedError } from '../core/coded-error.ts';
import type { Alarm } from '../model/alarm.ts';
import { type DeviceId, MANUAL_DEVICE, type PatientId } from '../model/ids.ts';
import type { News2Use } from '../model/news2.ts';
import { VITALS, type Vital } from '../model/vital.ts';
import type { NewestStored, TelemetryStore } from '../store/telemetry-store.ts';

/** Observations that one answer is made from: more than one a minute over a week and 12 hours is nobody's. */
const MAX_OBSERVATIONS = 11_000;
/** Alarms that are looked through for values that stood still. */
const MAX_ALARMS = 1_000;
/** What comes every second is found among the last of a minute; only when it is not, before that. */
const NEAR_MS = 60_000;
/** Frozen values of a device that are passed by one by one, for what another device has between them. */
const FROZEN_PASSED = 5;

export interface News2HistorySources {
  readonly store: Pick<TelemetryStore, 'newest' | 'observations'>;
  /** Alarms of a patient whose life overlaps [from, to), newest onset first. */
  readonly alarms: (
    patient: PatientId,
    from: EpochMs,
    to: EpochMs,
    limit: number,
  ) => Promise<readonly Alarm[]>;
}

export interface News2HistoryRequest {
  readonly patient: PatientId;
  readonly use: News2Use;
  /** At which times, ascending, none later than now. */
  readonly times: readonly EpochMs[];
}

export interface News2HistoryRead {
  readonly steps: readonly News2Step[];
  /** There are more observations or alarms than are looked through: what was entered first is left out. */
  readonly truncated: boolean;
}

/** While a vital of a device stood still: its values say nothing of the person (clinical rule 5). Half open. */
interface Frozen {
  readonly vital: Vital;
  readonly device: DeviceId;
  readonly from: EpochMs;
  readonly to: EpochMs;
}

function frozenOf(alarms: readonly Alarm[]): Frozen[] {
  return alarms.flatMap((alarm): Frozen[] => {
    if (alarm.kind !== 'technical' || alarm.condition !== 'frozen_value' || alarm.vital === null) return [];
    const to = alarm.ended ?? alarm.cleared ?? Number.POSITIVE_INFINITY;
    return [{ vital: alarm.vital, device: alarm.device, from: alarm.onset, to }];
  });
}

/**
 * The score at each of the times from what is stored, without reading all of it: of each vital only the newest value before
 * each time, looked for back to the time before or to the age limit. 200 times are some 1,200 small questions to the store,
 * those of one time at once. By the times of the devices' own clocks, as history has them.
 * @param signal aborted when nobody waits for the answer any more
 * @throws CodedError `overloaded` (by `signal`); StoreError
 */
export async function readNews2History(
  { store, alarms }: News2HistorySources,
  { patient, use, times }: News2HistoryRequest,
  signal?: AbortSignal,
): Promise<News2HistoryRead> {
  const [first, last] = [times[0], times.at(-1)];
  if (use === 'off' || first === undefined || last === undefined) return { steps: [], truncated: false };
  const range = { from: first - NEWS2_LOOKS_BACK_MS, to: last + 1 };
  const observations = await store.observations({ patient, ...range, limit: MAX_OBSERVATIONS });
  const raised = await alarms(patient, range.from, range.to, MAX_ALARMS);
  const frozen = frozenOf(raised);
  const values: News2HistoryInputs['values'][number][] = [];
  let before = Number.NEGATIVE_INFINITY;
  for (const t of times) {
    if (signal?.aborted) throw new CodedError('overloaded', 'nobody waits for the scores any more');
    const since = before;
    const found = await Promise.all(
      NEWS2_VITALS.map(async ({ vital, maxAgeMs }) => {
        const asked = { patient, vital, from: Math.max(since + 1, t - maxAgeMs), to: t + 1 };
        return { vital, newest: await newestMoving(store, asked, frozen) };
      }),
    );
    for (const { vital, newest } of found) {
      if (newest === null) continue;
      const { value, measured, device } = newest;
      values.push({ vital, value, measured, device: device === MANUAL_DEVICE ? null : device });
    }
    before = t;
  }
  const truncated = observations.length === MAX_OBSERVATIONS || raised.length === MAX_ALARMS;
  return { steps: [...news2History({ patient, use, times, values, observations })], truncated };
}

interface Asked {
  readonly patient: PatientId;
  readonly vital: Vital;
  readonly from: EpochMs;
  readonly to: EpochMs;
}

/** The newest value that did not stand still. */
async function newestMoving(
  store: News2HistorySources['store'],
  asked: Asked,
  frozen: readonly Frozen[],
): Promise<NewestStored | null> {
  let { to } = asked;
  for (let passed = 0; to > asked.from; passed++) {
    const newest = await newestNear(store, { ...asked, to });
    if (newest === null) return null;
    const still = frozen.find(
      ({ vital, device, from, to: until }) =>
        vital === asked.vital && device === newest.device && newest.t >= from && newest.t < until,
    );
    if (still === undefined) return newest;
    to = passed < FROZEN_PASSED ? newest.t : Math.min(newest.t, still.from);
  }
  return null;
}

/** A store may have to look at all moments of a range for one value of it, so that the last minute is asked for first. */
async function newestNear(store: News2HistorySources['store'], asked: Asked): Promise<NewestStored | null> {
  const near = asked.to - NEAR_MS;
  if (VITALS[asked.vital].usualIntervalMs >= NEAR_MS || near <= asked.from) return await store.newest(asked);
  return (await store.newest({ ...asked, from: near })) ?? (await store.newest({ ...asked, to: near }));
}
