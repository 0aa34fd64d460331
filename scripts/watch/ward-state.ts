import type { FeedFrameOf } from '../../src/client/feed-events.ts';
import type { EpochMs } from '../../src/core/clock.ts';
import type { Alarm } from '../../src/model/alarm.ts';
import { rank } from '../../src/model/limit.ts';
import { isVital, VITALS, type Vital } from '../../src/model/vital.ts';
import type { CallingAlarm, PatientSnapshot, UnattendedAlarm } from '../../src/protocol/feed-frames.ts';
import type { ShownNews2 } from '../../src/protocol/observation-fields.ts';
import type { ServiceFrame } from '../../src/protocol/service-frame.ts';
import { waitsForSomebody } from './alarm-text.ts';

/** A patient's newest value of one vital; null: unknown. */
export interface ShownValue {
  readonly value: number | null;
  readonly t: EpochMs;
  /** Time between the last two, in ms: how often it comes. */
  readonly every: number;
}

export interface PatientView {
  readonly patient: string;
  readonly label: string;
  readonly ward: string;
  readonly values: ReadonlyMap<Vital, ShownValue>;
  readonly devices: ReadonlyMap<string, 'on' | 'silent' | 'off'>;
  /** Live ones, worst first. */
  readonly alarms: readonly Alarm[];
  readonly news2: ShownNews2;
}

interface Entry {
  readonly patient: string;
  label: string;
  ward: string;
  readonly values: Map<Vital, ShownValue>;
  readonly devices: Map<string, 'on' | 'silent' | 'off'>;
  readonly alarms: Map<string, Alarm>;
  news2: ShownNews2;
}

export type Connection =
  | { readonly state: 'connecting' | 'live' }
  | { readonly state: 'lost'; readonly since: EpochMs };

/** A value not renewed for this many of its intervals, and at least 10 s, is not shown as current (clinical rule 4). */
const STALE_INTERVALS = 3;
const STALE_LEAST_MS = 10_000;

/**
 * A patient's value of a vital as it may be shown at `now`: undefined when there never was one, null when it is too old,
 * its signal is lost or no device is there, however young the last one is.
 */
export function currentValue(view: PatientView, vital: Vital, now: EpochMs): number | null | undefined {
  const shown = view.values.get(vital);
  if (!shown) return undefined;
  const { value, t, every } = shown;
  const devices = [...view.devices.values()];
  if (devices.length > 0 && devices.every((presence) => presence === 'off')) return null;
  if (view.alarms.some((alarm) => silences(alarm, view, vital, t))) return null;
  const usual = Math.max(every, VITALS[vital].usualIntervalMs);
  return now - t < Math.max(STALE_LEAST_MS, STALE_INTERVALS * usual) ? value : null;
}

/**
 * Whether an alarm says that the value of `t` is no longer measured. The feed does not tell which device gave a value:
 * where others could have, one that came after the alarm's onset is another's.
 */
function silences(alarm: Alarm, { devices }: PatientView, vital: Vital, t: EpochMs): boolean {
  if (alarm.kind !== 'technical') return false;
  if (alarm.condition !== 'device_offline' && alarm.condition !== 'signal_lost') return false;
  if (alarm.vital !== null && alarm.vital !== vital) return false;
  const alone = [...devices.keys()].every((device) => device === alarm.device);
  return alone || t <= alarm.onset;
}

/** What a clinician's screen knows of a ward: fed with the frames of the feed, no I/O of its own. */
export class WardState {
  connection: Connection = { state: 'connecting' };
  /** What the server last said of itself on this connection; null: nothing, all is well. */
  service: ServiceFrame | null = null;
  /** Server time minus local time, in ms, as of the newest frame: ages are counted on the server's clock. */
  skewMs = 0;
  readonly #patients = new Map<string, Entry>();
  /** Of devices nobody wears. */
  readonly #unassigned = new Map<string, Alarm>();
  readonly #escalated = new Map<string, CallingAlarm>();
  readonly #unattended = new Map<string, UnattendedAlarm>();

  /** Patients with the worst alarm first, then by label. */
  patients(): readonly PatientView[] {
    const urgency = ({ alarms }: PatientView): number => Math.max(-1, ...alarms.map(urgencyOf));
    return [...this.#patients.values()]
      .map((entry) => ({ ...entry, alarms: byUrgency(entry.alarms.values()) }))
      .sort((a, b) => urgency(b) - urgency(a) || a.label.localeCompare(b.label, 'en', { numeric: true }));
  }

  get unassigned(): readonly Alarm[] {
    return byUrgency(this.#unassigned.values());
  }

  /** Alarms of patients not watched here that call everybody on duty, worst first. */
  get escalated(): readonly CallingAlarm[] {
    return byUrgency(this.#escalated.values());
  }

  /** For admins: alarms that nobody has, the one that waits longest first. */
  get unattended(): readonly UnattendedAlarm[] {
    return [...this.#unattended.values()].sort((a, b) => a.since - b.since);
  }

  connected(): void {
    this.connection = { state: 'live' };
  }

  lost(since: EpochMs): void {
    this.service = null;
    if (this.connection.state !== 'lost') this.connection = { state: 'lost', since };
  }

  /** The clock of the server, from a frame that carries it. */
  heard(serverTime: EpochMs, localTime: EpochMs): void {
    this.skewMs = serverTime - localTime;
  }

  snapshot(frame: FeedFrameOf<'snapshot'>): void {
    this.#patients.clear();
    this.#unassigned.clear();
    this.#escalated.clear();
    this.#unattended.clear();
    for (const patient of frame.patients) this.#patients.set(patient.patient, entryOf(patient));
    for (const alarm of frame.unassigned) this.#unassigned.set(alarm.id, alarm);
    for (const alarm of frame.escalated) this.#escalated.set(alarm.id, alarm);
    for (const alarm of frame.unattended ?? []) this.#unattended.set(alarm.alarm, alarm);
  }

  vitals(frame: FeedFrameOf<'vitals'>): void {
    const { values } = this.#entry(frame.patient);
    for (const [name, newest] of Object.entries(frame.values)) {
      if (!isVital(name) || !newest) continue;
      const before = values.get(name);
      const gap = before ? newest.t - before.t : 0;
      values.set(name, { value: newest.value, t: newest.t, every: gap > 0 ? gap : (before?.every ?? 0) });
    }
  }

  alarm(frame: FeedFrameOf<'alarm'>): void {
    const { alarm, ward } = frame;
    if (alarm.patient !== null && alarm.circle === 'on_duty' && !this.#patients.has(alarm.patient)) {
      if (waitsForSomebody(alarm)) this.#escalated.set(alarm.id, { ...alarm, ward });
      else this.#escalated.delete(alarm.id);
      return;
    }
    const alarms = alarm.patient === null ? this.#unassigned : this.#entry(alarm.patient).alarms;
    const listedOnly = alarm.kind === 'physiological' && alarm.retrospective;
    if (alarm.presence === 'off' || alarm.cleared !== null || listedOnly) alarms.delete(alarm.id);
    else alarms.set(alarm.id, alarm);
  }

  /** What admins are told of alarms that nobody has. */
  attendance(frame: FeedFrameOf<'unattended'>): void {
    if (frame.over) this.#unattended.delete(frame.alarm);
    else this.#unattended.set(frame.alarm, frame);
  }

  news2({ patient, news2 }: FeedFrameOf<'news2'>): void {
    this.#entry(patient).news2 = news2;
  }

  presence({ patient, device, presence }: FeedFrameOf<'presence'>): void {
    if (patient !== null) this.#entry(patient).devices.set(device, presence);
  }

  #entry(patient: string): Entry {
    const known = this.#patients.get(patient);
    if (known) return known;
    const entry: Entry = {
      patient,
      label: patient,
      ward: '',
      values: new Map(),
      devices: new Map(),
      alarms: new Map(),
      news2: { kind: 'off' },
    };
    this.#patients.set(patient, entry);
    return entry;
  }
}

function entryOf({ patient, label, ward, values, devices, alarms, news2 }: PatientSnapshot): Entry {
  const shown = Object.entries(values).flatMap(([name, newest]): [Vital, ShownValue][] =>
    isVital(name) && newest ? [[name, { value: newest.value, t: newest.t, every: 0 }]] : [],
  );
  return {
    patient,
    label,
    ward,
    values: new Map(shown),
    devices: new Map(devices.map(({ device, presence }) => [device, presence])),
    alarms: new Map(alarms.map((alarm) => [alarm.id, alarm])),
    news2,
  };
}

/** Higher is more urgent: what no one has seen before what was seen, then priority, then the person before the sensor. */
function urgencyOf(alarm: Alarm): number {
  const { priority, kind } = alarm;
  return (waitsForSomebody(alarm) ? 10 : 0) + 2 * rank(priority) + (kind === 'physiological' ? 1 : 0);
}

function byUrgency<Shown extends Alarm>(alarms: Iterable<Shown>): Shown[] {
  return [...alarms].sort((a, b) => urgencyOf(b) - urgencyOf(a) || a.onset - b.onset);
}
