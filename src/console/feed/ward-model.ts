import { batch, type ReadonlySignal, signal } from '@preact/signals';
import type { Alarm, AlarmEventName } from '../../model/alarm.ts';
import type { FeedFrame, UnattendedAlarm } from '../../protocol/feed-frames.ts';
import type { ServiceFrame } from '../../protocol/service-frame.ts';
import { PatientModel } from './patient-model.ts';
import type { ServerClock } from './server-clock.ts';

type FrameOf<Type extends FeedFrame['type']> = Extract<FeedFrame, { type: Type }>;

/** A live alarm as this reader is told of it. */
export interface LiveAlarm {
  readonly alarm: Alarm;
  /** Where to go to; null: nobody wears the device. */
  readonly ward: string | null;
  /** For this reader to respond: what is sounds. */
  readonly addressed: boolean;
  /** It calls everybody on duty: the patient is not among those watched here. */
  readonly calling: boolean;
}

/** One step in an alarm's life, as it was heard here. */
export interface Happening {
  readonly cursor: string;
  readonly event: AlarmEventName;
  readonly at: number;
  readonly alarm: Alarm;
}

/** Of the newest alarm events the page keeps so many; older ones are the server's to tell (REST). */
const HAPPENINGS_KEPT = 500;

/** Everything the feed has told, as it stands now. */
export class WardModel {
  readonly #clock: ServerClock;
  readonly #patients = signal<ReadonlyMap<string, PatientModel>>(new Map());
  readonly #alarms = signal<ReadonlyMap<string, LiveAlarm>>(new Map());
  readonly #unattended = signal<readonly UnattendedAlarm[]>([]);
  readonly #happenings = signal<readonly Happening[]>([]);
  readonly #service = signal<ServiceFrame | null>(null);
  readonly #missed = signal(false);

  constructor(clock: ServerClock) {
    this.#clock = clock;
  }

  /** Everyone watched, by id. */
  get patients(): ReadonlySignal<ReadonlyMap<string, PatientModel>> {
    return this.#patients;
  }
  /** Every live alarm, by id: of patients, of devices nobody wears, and of others that call everybody on duty. */
  get alarms(): ReadonlySignal<ReadonlyMap<string, LiveAlarm>> {
    return this.#alarms;
  }
  /** Alarms that no client has confirmed in time; for admins. */
  get unattended(): ReadonlySignal<readonly UnattendedAlarm[]> {
    return this.#unattended;
  }
  /** Newest first. */
  get happenings(): ReadonlySignal<readonly Happening[]> {
    return this.#happenings;
  }
  /** How the server does; null: all is well. */
  get service(): ReadonlySignal<ServiceFrame | null> {
    return this.#service;
  }
  /** Whether the server no longer kept all that happened while this page was away. */
  get missed(): ReadonlySignal<boolean> {
    return this.#missed;
  }

  apply(frame: FeedFrame): void {
    batch(() => this.#apply(frame));
  }

  /** A connection begins with all well: the server says if it is not. */
  reconnected(): void {
    this.#service.value = null;
  }

  #apply(frame: FeedFrame): void {
    switch (frame.type) {
      case 'snapshot':
        this.#clock.heard(frame.time);
        return this.#snapshot(frame);
      case 'heartbeat':
        return this.#clock.heard(frame.time);
      case 'vitals':
        return this.#of(frame.patient)?.vitals(frame);
      case 'presence':
        return this.#of(frame.patient)?.presence(frame);
      case 'shelf':
        return this.#of(frame.patient)?.shelf(frame);
      case 'access':
        return this.#of(frame.patient)?.accessed(frame);
      case 'news2':
        return this.#of(frame.patient)?.scored(frame);
      case 'alarm':
        return this.#alarm(frame);
      case 'unattended':
        return this.#attention(frame);
      case 'service':
        this.#service.value = frame.recording === 'ok' && frame.alarm_log === 'ok' ? null : frame;
        return;
      case 'gap':
        this.#missed.value = true;
        return;
      case 'observation':
        return this.#of(frame.patient)?.observation();
      // Traces go past the model, and results to whoever asked.
      case 'waveform':
      case 'result':
        return;
    }
  }

  #of(patient: string | null): PatientModel | undefined {
    return patient === null ? undefined : this.#patients.peek().get(patient);
  }

  #snapshot(frame: FrameOf<'snapshot'>): void {
    const before = this.#patients.peek();
    const patients = new Map<string, PatientModel>();
    for (const told of frame.patients) {
      const model = before.get(told.patient) ?? new PatientModel(told.patient);
      model.snapshot(frame.time, told);
      patients.set(told.patient, model);
    }
    const addressed = new Set(frame.addressed);
    const live = (alarm: Alarm, ward: string | null, calling: boolean): [string, LiveAlarm] => [
      alarm.id,
      { alarm, ward, addressed: addressed.has(alarm.id), calling },
    ];
    this.#alarms.value = new Map([
      ...frame.patients.flatMap(({ alarms, ward }) => alarms.map((alarm) => live(alarm, ward, false))),
      ...frame.unassigned.map((alarm) => live(alarm, null, false)),
      ...frame.escalated.map((alarm) => live(alarm, alarm.ward, true)),
    ]);
    this.#unattended.value = frame.unattended ?? [];
    this.#patients.value = patients;
  }

  #alarm({ cursor, event, at, alarm, ward, addressed }: FrameOf<'alarm'>): void {
    this.#happenings.value = [{ cursor, event, at, alarm }, ...this.#happenings.peek()].slice(
      0,
      HAPPENINGS_KEPT,
    );
    if (event === 'retrospective') return;
    const watched = alarm.patient === null || this.#patients.peek().has(alarm.patient);
    const alarms = new Map(this.#alarms.peek());
    // One that called everybody does so no more once somebody has it.
    const over = alarm.cleared !== null || (!watched && !addressed);
    if (over) alarms.delete(alarm.id);
    else alarms.set(alarm.id, { alarm, ward, addressed, calling: !watched });
    this.#alarms.value = alarms;
  }

  #attention({ type: _type, cursor: _cursor, at: _at, over, ...alarm }: FrameOf<'unattended'>): void {
    const others = this.#unattended.peek().filter((known) => known.alarm !== alarm.alarm);
    this.#unattended.value = over ? others : [...others, alarm];
  }
}
