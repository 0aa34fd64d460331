import { batch, type ReadonlySignal, signal } from '@preact/signals';
import type { Alarm } from '../../../model/alarm.ts';
import { Problem } from '../../server/problem.ts';
import { path, type Rest } from '../../server/rest.ts';
import { type AnsweredTarget, type LimitLine, limitLines } from './limit-lines.ts';
import { type Resolution, resolutionFor } from './resolution.ts';
import { TREND_VITALS } from './trend-groups.ts';
import { type Bucket, withLive } from './trend-series.ts';
import type { Stretch } from './trend-window.ts';

/** Alarms of a range that are asked for at the most, the newest: what the server gives in one answer. */
export const ALARMS_MOST = 1_000;

interface VitalsAnswer {
  readonly buckets: readonly Bucket[];
}

/** Everything that is drawn of a stretch. */
export interface History {
  readonly resolution: Resolution;
  readonly buckets: Readonly<Partial<Record<string, readonly Bucket[]>>>;
  /** Newest onset first. */
  readonly alarms: readonly Alarm[];
  readonly limits: readonly LimitLine[];
}

/** A value as the feed told it: `t` by the device's clock, as history has it; `measured` by the server's. */
export interface HeardValue {
  readonly vital: string;
  readonly t: number;
  readonly measured: number;
  readonly value: number;
}

export type HistoryState =
  | { readonly kind: 'loading' }
  | { readonly kind: 'ready' }
  | { readonly kind: 'failed'; readonly problem: Problem };

/** What the server keeps of a patient over a stretch of time, and what was heard since. One question at a time: a newer ends the older. */
export class TrendHistory implements Disposable {
  readonly #rest: Rest;
  readonly #patient: string;
  readonly #history = signal<History | null>(null);
  readonly #state = signal<HistoryState>({ kind: 'loading' });
  #asking: AbortController | null = null;
  /** What is measured later than this may not be in the answer. */
  #askedAt = 0;

  constructor(rest: Rest, patient: string) {
    this.#rest = rest;
    this.#patient = patient;
  }

  /** Null: nothing was answered yet. */
  get history(): ReadonlySignal<History | null> {
    return this.#history;
  }
  get state(): ReadonlySignal<HistoryState> {
    return this.#state;
  }

  /** Asks for a stretch. What was there stays until the answer comes. @param now server's clock, ms */
  async load({ from, to }: Stretch, now: number): Promise<void> {
    this.#asking?.abort();
    const asking = new AbortController();
    this.#asking = asking;
    this.#state.value = { kind: 'loading' };
    this.#askedAt = now;
    try {
      const history = await this.#ask({ from: Math.floor(from), to: Math.ceil(to) }, asking.signal);
      if (asking.signal.aborted) return;
      batch(() => {
        this.#history.value = history;
        this.#state.value = { kind: 'ready' };
      });
    } catch (error) {
      if (asking.signal.aborted) return;
      // The others of this question are of no use any more.
      asking.abort();
      if (!(error instanceof Problem)) throw error;
      this.#state.value = { kind: 'failed', problem: error };
    }
  }

  /** Newest values of the feed, which the store was not asked for. Each once. */
  heard(values: readonly HeardValue[]): void {
    const history = this.#history.peek();
    if (history === null) return;
    const added = values
      .filter(({ measured }) => measured > this.#askedAt)
      .map(({ vital, ...value }) => {
        const before = history.buckets[vital] ?? [];
        return [vital, withLive(before, value, history.resolution.ms)] as const;
      });
    if (added.length > 0)
      this.#history.value = { ...history, buckets: { ...history.buckets, ...Object.fromEntries(added) } };
  }

  [Symbol.dispose](): void {
    this.#asking?.abort();
  }

  async #ask(range: Stretch, abort: AbortSignal): Promise<History> {
    const resolution = resolutionFor(range.to - range.from);
    const of = (...rest: readonly string[]): string => path('v1', 'patients', this.#patient, ...rest);
    const vitals = TREND_VITALS.map(async (vital) => {
      const asked = { vital, ...range, resolution: resolution.text };
      return [vital, (await this.#rest.get<VitalsAnswer>(of('vitals'), asked, abort)).buckets] as const;
    });
    const [buckets, { alarms }, { limits }] = await Promise.all([
      Promise.all(vitals),
      this.#rest.get<{ alarms: readonly Alarm[] }>(of('alarms'), { ...range, limit: ALARMS_MOST }, abort),
      this.#rest.get<{ limits: readonly AnsweredTarget[] }>(of('limits'), {}, abort),
    ]);
    return { resolution, buckets: Object.fromEntries(buckets), alarms, limits: limitLines(limits) };
  }
}
