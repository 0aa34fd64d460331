import { computed, effect, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import type { Alarm } from '../../../model/alarm.ts';
import type { PatientModel, Values } from '../../feed/patient-model.ts';
import type { ServerClock } from '../../feed/server-clock.ts';
import type { WardModel } from '../../feed/ward-model.ts';
import type { Rest } from '../../server/rest.ts';
import { newestAlarms } from './alarm-marks.ts';
import { type HeardValue, TrendHistory } from './trend-history.ts';
import {
  moved,
  remembered,
  type Stretch,
  selected,
  stretchOf,
  type TrendWindow,
  zoomed,
} from './trend-window.ts';

/** Late data comes into history only: what is live is asked for again after a minute, or a hundredth of its width. */
const LEAST_REFRESH_MS = 60_000;
const REFRESH_PART = 100;

export interface TrendsOptions {
  readonly rest: Rest;
  readonly clock: ServerClock;
  readonly model: PatientModel;
  /** Tells of alarms before they are asked for again. */
  readonly ward: Pick<WardModel, 'happenings'>;
  /** Changes when the feed is back: what was missed is in history. */
  readonly connected: ReadonlySignal<boolean>;
  /** What is shown first, and from then on. */
  readonly window: Signal<TrendWindow>;
}

/** What the charts of one patient show, and the way there: windows, zoom, history and what comes live. */
export class Trends implements Disposable {
  readonly history: TrendHistory;
  readonly #clock: ServerClock;
  readonly #window: Signal<TrendWindow>;
  readonly #before = signal<readonly TrendWindow[]>([]);
  readonly #to: ReadonlySignal<number>;
  readonly stretch: ReadonlySignal<Stretch>;
  /** Those of history, each as it was last heard of, and those that came since. */
  readonly alarms: ReadonlySignal<readonly Alarm[]>;
  readonly #effects: readonly (() => void)[];
  #loadedAt = 0;

  constructor({ rest, clock, model, ward, connected, window }: TrendsOptions) {
    this.#window = window;
    this.history = new TrendHistory(rest, model.patient);
    this.#clock = clock;
    // A number of its own: it changes once a pixel, and not with every tick of the clock.
    this.#to = computed(() => stretchOf(this.#window.value, clock.now.value).to);
    this.stretch = computed(() => ({ from: this.#to.value - this.#window.value.spanMs, to: this.#to.value }));
    this.alarms = computed(() =>
      newestAlarms(this.history.history.value?.alarms ?? [], ward.happenings.value, model.patient),
    );
    let before: Values = model.values.peek();
    this.#effects = [
      effect(() => {
        if (connected.value && this.#window.value) this.reload();
      }),
      effect(() => {
        if (clock.now.value - this.#loadedAt > this.#refreshMs() && connected.peek()) this.reload();
      }),
      effect(() => {
        const values = model.values.value;
        this.history.heard(newOf(values, before));
        before = values;
      }),
    ];
  }

  get window(): ReadonlySignal<TrendWindow> {
    return this.#window;
  }
  /** Whether there is a window to go back to. */
  get canGoBack(): boolean {
    return this.#before.value.length > 0;
  }

  /** So much time, up to now. */
  choose(spanMs: number): void {
    this.#go({ spanMs, end: null });
  }
  select(stretch: Stretch): void {
    this.#go(selected(stretch, this.#clock.exact()));
  }
  zoom(way: 'in' | 'out'): void {
    this.#go(zoomed(this.#window.peek(), way, this.#clock.exact()));
  }
  move(way: 'earlier' | 'later'): void {
    this.#go(moved(this.#window.peek(), way, this.#clock.exact()));
  }
  now(): void {
    this.#go({ ...this.#window.peek(), end: null });
  }
  back(): void {
    const window = this.#before.peek().at(-1);
    if (window === undefined) return;
    this.#before.value = this.#before.peek().slice(0, -1);
    this.#window.value = window;
  }

  reload(): void {
    this.#loadedAt = this.#clock.exact();
    void this.history.load(stretchOf(this.#window.peek(), this.#loadedAt), this.#loadedAt);
  }

  [Symbol.dispose](): void {
    for (const stop of this.#effects) stop();
    this.history[Symbol.dispose]();
  }

  #go(window: TrendWindow): void {
    const here = this.#window.peek();
    if (here.spanMs === window.spanMs && here.end === window.end) return;
    this.#before.value = remembered(this.#before.peek(), here);
    this.#window.value = window;
  }

  /** What lies in the past is asked for once. */
  #refreshMs(): number {
    const { spanMs, end } = this.#window.peek();
    return end === null ? Math.max(LEAST_REFRESH_MS, spanMs / REFRESH_PART) : Number.POSITIVE_INFINITY;
  }
}

/** What is in `values` and was not in `before`: an object of its own for each new value. */
function newOf(values: Values, before: Values): readonly HeardValue[] {
  return Object.entries(values).flatMap(([vital, shown]): HeardValue[] => {
    if (shown === undefined || shown.value === null || shown === before[vital]) return [];
    return [{ vital, t: shown.t, measured: shown.measured, value: shown.value }];
  });
}
