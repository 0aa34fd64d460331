import { type ReadonlySignal, signal } from '@preact/signals';
import type { FeedFrame, PatientSnapshot } from '../../protocol/feed-frames.ts';
import { fromSnapshot, fromVitals, type ShownValue } from './shown-value.ts';
import { Trend } from './trend.ts';

type FrameOf<Type extends FeedFrame['type']> = Extract<FeedFrame, { type: Type }>;

export type DeviceState = PatientSnapshot['devices'][number];
export type ShelfState = PatientSnapshot['shelves'][number];
export type AccessState = PatientSnapshot['access'][number];
export type News2State = PatientSnapshot['news2'];
export type Values = Readonly<Partial<Record<string, ShownValue>>>;

/** One patient as the feed tells of them: each part is a signal of its own, so that a value redraws a number and no more. */
export class PatientModel {
  readonly patient: string;
  readonly #ward = signal('');
  readonly #label = signal('');
  readonly #values = signal<Values>({});
  readonly #devices = signal<readonly DeviceState[]>([]);
  readonly #shelves = signal<readonly ShelfState[]>([]);
  readonly #access = signal<readonly AccessState[]>([]);
  readonly #news2 = signal<News2State>({ kind: 'off' });
  readonly #observed = signal(0);
  readonly #trends = new Map<string, Trend>();

  constructor(patient: string) {
    this.patient = patient;
  }

  get ward(): ReadonlySignal<string> {
    return this.#ward;
  }
  /** What staff call them at the bedside. */
  get label(): ReadonlySignal<string> {
    return this.#label;
  }
  /** The newest of each vital, by its name. */
  get values(): ReadonlySignal<Values> {
    return this.#values;
  }
  get devices(): ReadonlySignal<readonly DeviceState[]> {
    return this.#devices;
  }
  get shelves(): ReadonlySignal<readonly ShelfState[]> {
    return this.#shelves;
  }
  /** Who broke the glass. */
  get access(): ReadonlySignal<readonly AccessState[]> {
    return this.#access;
  }
  /** `age_ms` of its inputs is as of the frame; `measured` is the server's time. */
  get news2(): ReadonlySignal<News2State> {
    return this.#news2;
  }

  /** Grows with every observation that somebody enters by hand, wherever they are. */
  get observed(): ReadonlySignal<number> {
    return this.#observed;
  }

  /** The last quarter of an hour of a vital; read it when `values` changes. */
  trend(vital: string): Trend {
    const known = this.#trends.get(vital);
    if (known !== undefined) return known;
    const trend = new Trend();
    this.#trends.set(vital, trend);
    return trend;
  }

  /** @param at server time of the snapshot */
  snapshot(at: number, told: PatientSnapshot): void {
    this.#ward.value = told.ward;
    this.#label.value = told.label;
    this.#devices.value = told.devices;
    this.#shelves.value = told.shelves;
    this.#access.value = told.access;
    this.#news2.value = told.news2;
    const values: Record<string, ShownValue> = {};
    for (const [vital, value] of Object.entries(told.values))
      if (value !== undefined) values[vital] = this.#drawn(vital, fromSnapshot(at, value));
    this.#values.value = values;
  }

  vitals({ time, values }: FrameOf<'vitals'>): void {
    const before = this.#values.peek();
    const after: Record<string, ShownValue> = {};
    for (const [vital, value] of Object.entries(values))
      if (value !== undefined) after[vital] = this.#drawn(vital, fromVitals(time, value, before[vital]));
    // A vital that the frame has not is one of which there is no value any more: it stays, and becomes old.
    this.#values.value = { ...before, ...after };
  }

  presence({ device, presence, at, battery_percent }: FrameOf<'presence'>): void {
    const others = this.#devices.peek().filter((known) => known.device !== device);
    const before = this.#devices.peek().find((known) => known.device === device);
    const since = before?.presence === presence ? before.since : at;
    this.#devices.value = [...others, { device, presence, since, battery_percent }];
  }

  shelf({ ended, type: _type, patient: _patient, ...shelf }: FrameOf<'shelf'>): void {
    const others = this.#shelves.peek().filter(({ id }) => id !== shelf.id);
    this.#shelves.value = ended === true ? others : [...others, shelf];
  }

  accessed({ ended, type: _type, patient: _patient, ...access }: FrameOf<'access'>): void {
    const others = this.#access.peek().filter(({ clinician }) => clinician !== access.clinician);
    this.#access.value = ended === true ? others : [...others, access];
  }

  observation(): void {
    this.#observed.value += 1;
  }

  scored({ news2 }: FrameOf<'news2'>): void {
    this.#news2.value = news2;
  }

  #drawn(vital: string, value: ShownValue): ShownValue {
    if (value.value !== null) this.trend(vital).add(value.measured, value.value);
    return value;
  }
}
