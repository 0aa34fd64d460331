import type { EpochMs } from '../core/clock.ts';
import type { Alarm } from '../model/alarm.ts';
import type { DeviceId } from '../model/ids.ts';
import { VITAL_NAMES, type Vital } from '../model/vital.ts';
import {
  type BadEpisode,
  type DeviceTrack,
  NEVER,
  type NewestValue,
  type VitalTrack,
  vitalTrack,
} from './device-track.ts';
import { RecentDistances } from './recent-distances.ts';
import { deviceTrack, type News2Track, newSubjectState, type SubjectState } from './subject-state.ts';

/** To be raised with every change of what a record holds, below the top level too: another release's is not taken up. */
export const STATE_RECORD_VERSION = 1;

/** What is written down of a vital. Times that never were, and values that are not known, are null. */
interface VitalRecord extends Pick<VitalTrack, 'awaited' | 'limits' | 'changes'> {
  readonly evaluated: EpochMs | null;
  readonly seen: EpochMs | null;
  /** Oldest first. */
  readonly intervals: readonly number[];
  readonly last: { readonly value: number; readonly measured: EpochMs } | null;
  readonly retrospective: NonNullable<VitalTrack['retrospective']>;
  readonly still: { readonly value: number | null; readonly since: EpochMs } | null;
}

interface DeviceRecord extends Pick<DeviceTrack, 'connected' | 'expected' | 'heard'> {
  readonly arrived: EpochMs | null;
  readonly arrivals: readonly number[];
  /** In the order in which they were begun. */
  readonly vitals: Partial<Record<Vital, VitalRecord>>;
  readonly bad: Readonly<Record<string, BadEpisode>>;
}

type News2Record = Omit<News2Track, 'steppedAt'> & { readonly stepped: EpochMs | null };

/** A subject's state as plain JSON: maps and sets as lists. */
export interface StateRecord
  extends Omit<SubjectState, 'devices' | 'live' | 'inherited' | 'newest' | 'news2'> {
  readonly version: typeof STATE_RECORD_VERSION;
  readonly devices: readonly (readonly [string, DeviceRecord])[];
  readonly live: readonly (readonly [string, Alarm])[];
  readonly inherited: readonly string[];
  readonly newest: Partial<Record<Vital, NewestValue>>;
  readonly news2: News2Record;
}

function timeOrNull(t: EpochMs): EpochMs | null {
  return t === NEVER ? null : t;
}

function recordOfVital(track: VitalTrack): VitalRecord {
  const { awaited, limits, changes, lastValue, lastMeasured, stillValue, stillSince } = track;
  return {
    evaluated: timeOrNull(track.evaluatedAt),
    seen: timeOrNull(track.seenAt),
    awaited,
    intervals: track.intervals.list(),
    limits,
    changes,
    last: lastMeasured === NEVER ? null : { value: lastValue, measured: lastMeasured },
    retrospective: track.retrospective ?? {},
    still:
      stillSince === NEVER
        ? null
        : { value: Number.isNaN(stillValue) ? null : stillValue, since: stillSince },
  };
}

function recordOfDevice(device: DeviceTrack): DeviceRecord {
  const { connected, expected, heard, tracks } = device;
  return {
    connected,
    arrived: timeOrNull(device.arrivedAt),
    expected,
    heard,
    arrivals: device.arrivals.list(),
    vitals: Object.fromEntries(tracks.map((track) => [track.vital, recordOfVital(track)])),
    bad: Object.fromEntries(device.bad ?? []),
  };
}

/** Everything the engine remembers of a subject, to be written down. Shares nothing with `state`, which goes on changing. */
export function recordOf(state: SubjectState): StateRecord {
  const { patient, combinations } = state;
  const { steppedAt, ...news2 } = state.news2;
  return structuredClone({
    patient,
    combinations,
    version: STATE_RECORD_VERSION,
    devices: [...state.devices].map(([id, device]) => [id, recordOfDevice(device)] as const),
    live: [...state.live],
    inherited: [...state.inherited],
    newest: Object.fromEntries(Object.entries(state.newest).filter(([, value]) => value !== undefined)),
    news2: { ...news2, stepped: timeOrNull(steppedAt) },
  });
}

function takeUpVital(device: DeviceTrack, vital: Vital, record: VitalRecord): void {
  const { awaited, limits, changes, retrospective } = record;
  Object.assign(vitalTrack(device, vital), {
    ...{ awaited, limits, changes, retrospective },
    evaluatedAt: record.evaluated ?? NEVER,
    seenAt: record.seen ?? NEVER,
    intervals: new RecentDistances(record.intervals),
    lastValue: record.last?.value ?? Number.NaN,
    lastMeasured: record.last?.measured ?? NEVER,
    stillValue: record.still?.value ?? Number.NaN,
    stillSince: record.still?.since ?? NEVER,
  } satisfies Partial<VitalTrack>);
}

function takeUpDevice(state: SubjectState, id: DeviceId, record: DeviceRecord): void {
  const { connected, expected, heard, arrivals, bad } = record;
  const device = deviceTrack(state, id);
  const episodes = Object.entries(bad);
  Object.assign(device, {
    ...{ connected, expected, heard },
    arrivedAt: record.arrived ?? NEVER,
    arrivals: new RecentDistances(arrivals),
    bad: episodes.length === 0 ? null : new Map(episodes),
    late: true,
  } satisfies Partial<DeviceTrack>);
  for (const [vital, of] of Object.entries(record.vitals) as [Vital, VitalRecord][])
    takeUpVital(device, vital, of);
}

/**
 * The state that was written down: going on from it gives what going on without would have given. Null: of another
 * release, which may have meant something else by it.
 */
export function stateOf(record: StateRecord): SubjectState | null {
  const { version, patient, combinations, devices, live, inherited, newest, news2 } = structuredClone(record);
  if (version !== STATE_RECORD_VERSION) return null;
  const { stepped, ...scored } = news2;
  const state = newSubjectState(patient);
  state.combinations = combinations;
  for (const [key, alarm] of live) state.live.set(key, alarm);
  for (const key of inherited) state.inherited.add(key);
  Object.assign(state.news2, scored, { steppedAt: stepped ?? NEVER });
  for (const vital of VITAL_NAMES) state.newest[vital] = newest[vital];
  for (const [id, device] of devices) takeUpDevice(state, id as DeviceId, device);
  return state;
}
